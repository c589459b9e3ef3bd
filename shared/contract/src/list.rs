/// Stamps one test a name out of a module of promises.
#[doc(hidden)]
#[macro_export]
macro_rules! stamp {
    ($module:ident, $of:expr, [$($promise:ident),* $(,)?]) => {
        mod $module {
            use super::*;

            $(
                #[test]
                fn $promise() {
                    let runtime = $crate::tokio::runtime::Builder::new_multi_thread()
                        .worker_threads(2)
                        .enable_all()
                        .build()
                        .expect("a runtime");
                    runtime.block_on(async {
                        $crate::$module::$promise($of).await;
                    });
                }
            )*
        }
    };
}

/// A test for each promise of the durable stores. `$stores` is an expression that gives a
/// [`Stores`](crate::Stores) and may await.
#[macro_export]
macro_rules! store_tests {
    ($stores:expr) => {
        $crate::stamp!(
            users,
            &$stores,
            [
                a_registered_person_reads_back_whole,
                a_name_that_is_refused_by_now_stays_readable,
                nobody_is_not_found,
                registering_twice_is_once,
                a_taken_address_is_refused_and_changes_nothing,
                a_taken_username_is_refused_and_changes_nothing,
                of_equal_registrations_at_once_one_succeeds,
                of_equal_usernames_at_once_one_succeeds,
                a_password_changes_and_sessions_end,
                an_account_moves_to_another_address,
                a_profile_changes_as_patched,
                a_profile_does_not_take_anothers_name,
                an_avatar_replaces_the_one_before,
                a_persons_numbers_are_true,
                a_role_is_given_by_address,
            ]
        );
        $crate::stamp!(
            sessions,
            &$stores,
            [
                a_session_reads_back_whole,
                a_session_needs_the_password,
                a_session_ends_when_idle,
                a_refreshed_session_ends_at_the_latest_when_it_expires,
                a_sixth_session_ends_the_least_recently_used,
                ended_sessions_take_no_room,
                sign_ins_at_once_leave_five_sessions,
                no_sign_in_outlives_a_change_of_password,
                a_refresh_rotates_the_token,
                an_unknown_token_is_unknown,
                of_20_refreshes_at_once_one_is_new,
                a_spent_token_after_the_grace_ends_the_session,
                a_token_before_the_last_ends_the_session,
                of_20_reuses_at_once_somebody_is_told,
                a_token_of_long_ago_is_known,
                a_session_is_ended_by_its_owner,
                other_sessions_end_together,
            ]
        );
        $crate::stamp!(
            titles,
            &$stores,
            [
                a_title_reads_back_whole,
                a_name_of_ligatures_is_kept,
                adding_a_title_twice_is_once,
                a_title_is_there_once,
                of_equal_titles_at_once_one_is_added,
                a_title_comes_with_the_viewers_records,
                a_title_changes_and_its_history_tells,
                a_change_to_the_same_changes_nothing,
                a_cover_replaces_the_one_before,
                a_title_does_not_take_anothers_place,
                changes_at_once_follow_one_another,
                changes_are_found_by_title_and_by_person,
            ]
        );
        $crate::stamp!(
            catalogue,
            &$stores,
            [
                pages_by_id_neither_skip_nor_repeat,
                pages_by_year_neither_skip_nor_repeat,
                pages_by_rating_neither_skip_nor_repeat,
                types_are_never_mixed,
                a_list_stays_whole_while_others_come_and_go,
                search_compares_words_by_their_beginnings,
                a_search_of_marks_finds_nothing,
                a_search_is_sorted_and_paged,
                search_follows_a_change,
            ]
        );
        $crate::stamp!(
            walks,
            &$stores,
            [
                a_walk_reads_back_whole,
                a_walk_on_no_title_is_not_added,
                a_second_walk_is_refused,
                of_50_equal_walks_at_once_one_is_added,
                a_walk_is_changed_by_its_owner,
                a_walk_is_removed_by_its_owner,
                a_persons_walks_are_paged_and_filtered,
                a_titles_walks_are_paged_and_filtered,
                walks_of_nobody_are_none_and_of_a_newcomer_empty,
            ]
        );
        $crate::stamp!(
            reviews,
            &$stores,
            [
                a_review_reads_back_whole,
                a_review_of_no_title_is_not_added,
                a_second_review_is_refused,
                of_50_equal_reviews_at_once_one_is_added,
                a_review_is_changed_by_its_author,
                a_review_is_removed_by_its_author,
                a_persons_reviews_are_paged_and_filtered,
                a_titles_reviews_are_paged_in_every_order,
                reviews_of_nobody_are_none_and_of_a_newcomer_empty,
            ]
        );
        $crate::stamp!(
            ratings,
            &$stores,
            [
                ratings_are_exact_after_many_changes_at_once,
                ratings_are_exact_while_accounts_and_titles_go,
                a_mean_is_rounded_half_up,
            ]
        );
        $crate::stamp!(
            removal,
            &$stores,
            [
                an_account_goes_whole,
                an_account_of_many_records_goes_whole,
                a_title_goes_whole,
                a_title_in_use_stays,
                a_title_in_use_goes_where_it_may,
                no_review_is_lost_to_a_deletion_that_raced_it,
            ]
        );
    };
}

/// A test for each promise of codes and limits. `$cache` is an expression that gives a [`Cache`](crate::Cache)
/// and may await.
#[macro_export]
macro_rules! cache_tests {
    ($cache:expr) => {
        $crate::stamp!(
            codes,
            &*$cache.codes,
            [
                a_code_is_right_until_it_has_served,
                another_code_is_wrong,
                only_the_newest_code_counts,
                slots_do_not_share_codes,
                an_expired_code_is_wrong,
                a_released_code_still_expires,
                a_code_has_five_tries,
                a_new_code_has_all_its_tries,
                tries_at_once_are_all_counted,
                of_20_claims_at_once_one_succeeds,
                a_claimed_code_is_wrong_until_released,
                a_released_claim_is_not_counted,
                an_old_claim_does_not_touch_a_new_code,
                a_mail_too_many_changes_nothing,
                mails_have_several_windows,
                mails_are_counted_by_address_and_purpose,
                of_mails_at_once_as_many_go_as_have_room,
                a_withdrawn_code_was_never_mailed,
                withdrawing_an_old_mail_leaves_the_new_code,
            ]
        );
        $crate::stamp!(
            limits,
            &*$cache.limits,
            [
                a_window_takes_so_many_and_no_more,
                a_window_slides,
                who_waits_as_told_is_let_in,
                what_is_refused_is_not_counted,
                a_look_counts_nothing,
                what_is_given_back_was_never_taken,
                of_calls_at_once_as_many_are_allowed_as_have_room,
                keys_do_not_share_a_window,
                five_failures_are_free,
                each_further_failure_doubles_the_wait,
                a_try_during_the_wait_is_not_counted,
                success_forgets_the_failures,
                a_known_address_has_a_bucket_of_its_own,
                a_known_address_is_forgotten_in_time,
                accounts_do_not_share_a_bucket,
                of_logins_at_once_as_many_begin_as_are_free,
            ]
        );
    };
}

#[cfg(test)]
mod tests {
    /// The source of every module of promises.
    const MODULES: &[&str] = &[
        include_str!("catalogue.rs"),
        include_str!("codes.rs"),
        include_str!("limits.rs"),
        include_str!("ratings.rs"),
        include_str!("removal.rs"),
        include_str!("reviews.rs"),
        include_str!("sessions.rs"),
        include_str!("titles.rs"),
        include_str!("users.rs"),
        include_str!("walks.rs"),
    ];

    #[test]
    fn no_promise_is_forgotten_in_the_list() {
        let list = include_str!("list.rs");
        for module in MODULES {
            for line in module.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let name = line.split('(').next().unwrap_or_default();
                assert!(list.contains(&format!(" {name},")), "{name} is not in the list");
            }
        }
    }
}
