"""The edges of telling people, each with the test that proves it, or with the row of the page that says why it is otherwise."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
PAGE = TESTS.parent / "docs" / "use-cases" / "notices.md"
CALENDARS, WORDS, ADDRESSED, EDGES = (
    "config/test_calendars.py",
    "config/test_wording.py",
    "blocks/test_notices.py",
    "use_cases/push/test_edges.py",
)
PN1, PN4, PN5, PN7, PN8 = (
    f"stories/test_{name}.py"
    for name in (
        "pn1_milestone_alerts",
        "pn4_deadline_reminders",
        "pn5_distribution_status",
        "pn7_stakeholder_updates",
        "pn8_pipeline_monitor",
    )
)
PROVED = {
    "due on a Friday, two working days off in London and one in Munich": (
        CALENDARS,
        "test_days_are_counted_on_which_the_house_works",
    ),
    "due on a holiday: by the last working day before": (CALENDARS, "test_days_are_counted_on_which_the_house_works"),
    "overdue over Christmas": (CALENDARS, "test_days_are_counted_on_which_the_house_works"),
    "a task that is born two working days before it is due": (
        EDGES,
        "test_pn4_a_task_that_is_born_late_or_pulled_past_two_thresholds_is_one_reminder",
    ),
    "due pulled past two thresholds": (EDGES, "test_pn4_a_task_that_is_born_late_or_pulled_past_two_thresholds_is_one_reminder"),
    "clocks that change weeks apart": (CALENDARS, "test_people_are_disturbed_in_hours_of_work_alone"),
    "Boxing Day, observed": (CALENDARS, "test_a_holiday_is_where_it_is_kept"),
    "15 August in Munich and in Berlin": (CALENDARS, "test_a_holiday_is_where_it_is_kept"),
    "a calendar that nobody knows": (CALENDARS, "test_a_calendar_that_cannot_be_is_refused_when_it_is_loaded"),
    "stand-ins in a circle": (ADDRESSED, "test_whoever_stands_in_hears_in_place_of_a_person_who_is_away"),
    "an approver who is the manager": (PN4, "test_pn4_an_approver_who_is_the_manager_gets_one_message"),
    "a blocker that nobody is given": (PN4, "test_pn4_d_a_blocker_that_nobody_is_given_is_the_production_managers"),
    "a blocker on another title": (EDGES, "test_pn4_a_blocker_on_another_title_reminds_the_one_who_makes_that"),
    "two formats with two days": (EDGES, "test_pn8_two_formats_that_come_out_on_two_days_are_one_alert_with_both"),
    "a month of publication and no day": (PN8, "test_pn8_a_month_of_publication_is_no_day_and_the_others_are_told"),
    "a date that has passed": (PN8, "test_pn8_b_a_date_that_has_passed_is_told_once_and_to_those_above"),
    "the eleventh title in and out": (PN8, "test_pn8_c_a_stage_where_titles_pile_up_is_one_alert_and_clears"),
    "cancelled while at risk": (PN8, "test_pn8_cancelled_while_at_risk_clears"),
    "emoji that are cut": (WORDS, "test_a_text_is_cut_at_a_word_and_no_sign_is_cut_in_two"),
    "nothing in French": (WORDS, "test_nothing_is_singular_in_french_and_plural_in_english"),
    "a language that nobody knows": (ADDRESSED, "test_each_reads_their_own_language_and_the_publishers_where_nobody_knows_it"),
    "an author who is the editor": (PN7, "test_pn7_who_is_in_the_team_hears_as_the_house_does"),
    "one of two authors opts out": (EDGES, "test_pn7_one_of_two_authors_opts_out_and_the_other_one_hears"),
    "consent to e-mail and to no push": (PN7, "test_pn7_a_each_hears_of_the_kinds_of_their_role_in_their_language"),
    "an agent who was replaced": (EDGES, "test_pn7_of_two_agents_after_each_other_the_one_of_the_day_hears"),
    "a scanner that opens the link first": (PN7, "test_pn7_f_the_link_leads_to_a_page_of_that_milestone_alone"),
    "a link after leaving the title": (PN7, "test_pn7_f_the_page_is_taken_back_with_the_next_run"),
    "an embargo that ends in quiet hours": (PN7, "test_pn7_an_announcement_in_the_night_is_said_by_name_in_the_morning"),
    "refused and accepted in one window": (EDGES, "test_pn5_refused_and_accepted_in_one_window_is_told_as_it_is_now"),
    "one fact for people whose hours lie apart": (PN5, "test_pn5_what_waits_for_somebodys_hours_is_not_said_again_to_the_others"),
    "withdrawn before its delivery was told": (
        PN5,
        "test_pn5_a_title_that_is_withdrawn_before_its_delivery_could_be_told_is_told_as_withdrawn",
    ),
    "two roles of one person": (PN5, "test_pn5_somebody_in_two_roles_gets_one_push"),
    "one release by two routes": (PN5, "test_pn5_a_release_that_milestone_and_launch_tell_is_one"),
    "all clear in the night": (PN8, "test_pn8_trouble_wakes_people_and_that_it_is_over_waits_for_their_hours"),
    "a day that moves twice before it is told": (PN8, "test_pn8_a_day_that_moves_twice_before_anybody_hears_is_told_once"),
    "a manager who is also above": (PN8, "test_pn8_who_is_the_manager_and_above_hears_once"),
    "a title in any script": (PN8, "test_pn8_a_title_in_any_script_arrives_whole_or_cut_between_signs"),
    "a day that moves there and back": (PN7, "test_pn7_g_a_day_that_moves_twice_or_there_and_back_is_told_as_it_is"),
    "a cancelled format with an earlier day": (PN7, "test_pn7_g_what_is_cancelled_has_no_day_of_publication"),
    "undone and done again outside of somebody's hours": (
        PN1,
        "test_pn1_what_is_undone_and_done_again_while_somebody_is_off_is_told_once_there",
    ),
    "an opt-out while a digest waits": (PN1, "test_pn1_who_opts_out_hears_nothing_of_a_digest_that_was_planned"),
}
OTHERWISE = (
    "an imprint without a calendar",
    "a language that nobody knows",
    "a month of publication without a day",
    "a date that has passed while retailers sell",
    "the hours of people in the two use cases of the early morning",
)
"""Rows of the page."""


@pytest.mark.parametrize("edge", PROVED)
def test_each_edge_has_its_test(edge: str) -> None:
    """By its name: a test that is renamed or gone leaves no edge behind."""
    file, name = PROVED[edge]
    assert f"\ndef {name}(" in (TESTS / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", OTHERWISE)
def test_what_is_otherwise_has_its_reason(case: str) -> None:
    """In a row of its own."""
    assert f"\n| {case} |" in PAGE.read_text(encoding="utf-8")
