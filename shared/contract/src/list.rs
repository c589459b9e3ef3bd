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
    const MODULES: &[&str] = &[include_str!("codes.rs"), include_str!("limits.rs")];

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
