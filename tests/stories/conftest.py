"""The station that every story runs on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from station import Station, open_station
from two_accounts import DOCUMENTED, EXTENDED, always_by_files

BY_FILES = frozenset(
    {
        "test_ex1_b_a_renewal_is_told_60_and_14_days_before_the_end_and_not_after_renewal",
        "test_ex1_c_an_order_is_confirmed_once_also_when_its_file_comes_twice",
        "test_ex1_d_a_subscriber_who_is_club_member_gets_one_launch_letter_the_better_offer",
        "test_ex1_e_an_opt_out_stops_announcements_and_no_order_confirmation",
        "test_ex1_f_price_and_currency_follow_the_country_and_an_offer_outside_its_dates_never_goes",
        "test_ex1_g_a_title_that_is_not_for_sale_in_the_readers_country_is_not_offered_there",
        "test_ex1_h_a_list_that_looks_cut_off_is_not_taken_until_another_one_is_as_short",
        "test_ex1_h_a_list_with_a_wrong_header_holds_back_what_needs_it_and_nothing_else",
        "test_ex1_h_a_row_that_cannot_be_read_is_an_exception_and_the_rest_goes",
        "test_ex1_i_many_readers_go_in_batches_after_a_person_has_approved_and_the_counts_balance",
        "test_ex1_i_what_a_person_refused_does_not_go",
        "test_ex4_b_a_delay_of_more_than_14_days_tells_old_and_new_date_and_a_second_one_is_a_second_letter",
        "test_ex4_c_a_request_opens_with_the_stage_and_closes_with_its_answer",
        "test_ex4_d_without_a_legal_text_for_the_territory_no_letter_goes",
        "test_ex4_e_a_templates_new_version_is_for_letters_from_then_on",
        "test_ex4_f_one_person_in_two_roles_gets_one_letter",
        "test_ex5_b_a_moved_date_moves_what_has_not_gone_and_corrects_what_has_once_each",
        "test_ex5_b_moved_twice_the_correction_starts_from_the_date_told_last",
        "test_ex5_c_on_hold_nothing_goes_and_released_the_plan_resumes",
        "test_ex5_d_cancelled_the_planned_are_withdrawn_and_those_told_hear_of_it_once",
        "test_ex5_e_a_format_that_comes_later_has_its_own_date_and_waits_without_one",
        "test_ex5_e_a_new_format_of_an_old_title_has_its_launch",
        "test_ex5_f_a_retailer_without_the_territory_is_left_out",
        "test_ex5_g_two_plans_that_overlap_for_one_person_on_one_day_are_one_message",
        "test_ex7_b_a_partner_sees_nothing_of_other_currencies_countries_and_formats",
        "test_ex7_c_new_titles_are_alerted_and_withdrawn_ones_noticed",
        "test_ex7_d_a_change_and_back_between_two_letters_is_told_to_nobody",
        "test_ex7_e_an_e_mail_that_bounces_goes_by_post_and_is_an_exception",
        "test_ex7_e_each_channel_is_honoured",
        "test_ex7_f_many_changes_are_one_letter",
        "test_ex7_g_territories_are_the_rights_engines",
        "test_ex8_b_declined_with_a_comment_is_a_to_do_of_the_production_manager",
        "test_ex8_c_a_week_without_runs_is_made_up_by_one_chaser",
        "test_ex8_c_silence_is_chased_after_five_and_ten_working_days_and_then_told_to_the_editor",
        "test_ex8_d_answered_on_paper_and_entered_by_hand_stops_the_chase",
        "test_ex8_d_the_next_stage_settles_it",
        "test_ex8_e_what_comes_back_goes_by_the_next_channel_and_never_in_a_circle",
        "test_ex8_f_undone_the_stage_asks_nobody_and_done_again_it_asks_anew",
        "test_ex8_g_open_requests_of_a_title_are_on_the_desk_with_their_age_until_they_are_answered",
        "test_pn4_b_overdue_each_working_day_and_from_the_third_on_the_manager",
        "test_pn4_d_a_blocked_task_reminds_whoever_has_the_first_blocker",
        "test_pn4_d_a_blocker_that_nobody_is_given_is_the_production_managers",
        "test_pn4_e_a_date_that_moves_starts_over_and_nobody_hears_the_old_one",
        "test_pn4_f_what_is_done_or_cancelled_at_five_to_seven_is_not_reminded_of",
        "test_pn4_g_targets_are_data",
        "test_pn4_h_thirty_tasks_are_one_message_with_the_most_urgent_first",
        "test_pn4_i_the_stand_in_is_reminded_while_the_approver_is_on_leave",
        "test_pn5_c_many_titles_are_told_by_channel_and_imprint_but_refused_and_watched_ones_each",
        "test_pn5_f_a_withdrawn_title_is_told_as_withdrawn",
        "test_pn7_c_an_opt_out_is_honoured_at_once_also_for_what_was_planned",
        "test_pn7_h_an_agent_hears_in_the_place_of_a_minor_or_an_estate",
        "test_pn8_b_a_date_that_has_passed_is_told_once_and_to_those_above",
        "test_pn8_d_rights_that_are_late_name_territory_and_contract",
        "test_pn8_e_what_goes_back_and_forth_is_not_told_three_times",
        "test_pn8_f_a_moved_date_judges_anew",
        "test_pn8_g_a_day_on_which_nothing_changes_says_nothing",
    }
)
"""Stories of people that an account which tells by files tells alike; others write to Consonance, or have a test of their own on both."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each night these stories run on both kinds of account."""
    if metafunc.function.__name__ in BY_FILES:
        accounts = [EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)]
        metafunc.parametrize("station", accounts, indirect=True)


@pytest.fixture
def station(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Station]:
    """An empty house on 1 May 2026, 06:00 UTC."""
    with open_station(tmp_path) as opened:
        if getattr(request, "param", EXTENDED) == DOCUMENTED:
            always_by_files(opened)
        yield opened
