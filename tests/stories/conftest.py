"""The station that every story runs on."""

import re
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
    }
)
"""Stories of people that an account which tells by files tells alike; others write to Consonance, or have a test of their own on both."""
NOTICES = re.compile(r"test_pn[134578]_([a-i]|over|thirty)_")
"""All stories of notices to people are among them, but those that say themselves how the account tells."""
OF_THE_SOURCE = frozenset(
    {
        "test_pn1_a_wish_that_cannot_be_read_is_an_exception_and_the_others_hear",
        "test_pn1_f_a_task_that_a_system_entered_is_nobodys_text",
        "test_pn1_h_a_calendar_entry_proves_nothing",
        "test_pn4_a_year_that_is_a_slip_is_an_exception_and_the_rest_is_reminded",
    }
)
"""And those about one source: a field by its id, a reference that no file has, a calendar, and a year that the sandbox writes into no file."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each night these stories run on both kinds of account."""
    name = metafunc.function.__name__
    of_both = bool(NOTICES.match(name)) and name not in OF_THE_SOURCE and "account" not in metafunc.fixturenames
    if name in BY_FILES or of_both:
        accounts = [EXTENDED, pytest.param(DOCUMENTED, marks=pytest.mark.nightly)]
        metafunc.parametrize("station", accounts, indirect=True)


@pytest.fixture
def station(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Station]:
    """An empty house on 1 May 2026, 06:00 UTC."""
    with open_station(tmp_path) as opened:
        if getattr(request, "param", EXTENDED) == DOCUMENTED:
            always_by_files(opened)
        yield opened
