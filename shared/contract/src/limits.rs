//! What every store of counters does.

use futures::future::join_all;
use jiff::Timestamp;
use ports::{Backoff, Limits, Verdict, Window};

use crate::chance::{after, id, later, now};

const RULE: Backoff = Backoff {
    free: Window { count: 5, seconds: 300 },
    first_seconds: 30,
    most_seconds: 900,
    known_seconds: 30 * 86_400,
};

fn key(what: &str) -> String {
    format!("{what}:{}", id())
}

async fn take(limits: &dyn Limits, key: &str, window: Window, now: Timestamp) -> Verdict {
    limits.take(key, window, now).await.expect("an answer")
}

async fn peek(limits: &dyn Limits, key: &str, window: Window, now: Timestamp) -> Verdict {
    limits.peek(key, window, now).await.expect("an answer")
}

async fn begin(limits: &dyn Limits, account: &str, ip: &str, now: Timestamp) -> Verdict {
    limits.login_begin(account, ip, &RULE, now).await.expect("an answer")
}

async fn succeed(limits: &dyn Limits, account: &str, ip: &str, now: Timestamp) {
    limits.login_succeeded(account, ip, &RULE, now).await.expect("an answer");
}

/// Five free failures: the next try waits.
async fn fail_until_it_waits(limits: &dyn Limits, account: &str, ip: &str, now: Timestamp) {
    for n in 1..=5 {
        assert_eq!(begin(limits, account, ip, now).await, Verdict::Allowed, "failure {n}");
    }
    assert_eq!(begin(limits, account, ip, now).await, Verdict::RetryAfter(30));
}

/// As many as there is room for, and no more.
pub async fn a_window_takes_so_many_and_no_more(limits: &dyn Limits) {
    let (key, now, window) = (key("full"), now(), Window { count: 3, seconds: 60 });
    for _ in 0..3 {
        assert_eq!(take(limits, &key, window, now).await, Verdict::Allowed);
    }
    assert_eq!(take(limits, &key, window, now).await, Verdict::RetryAfter(60));
}

/// The oldest makes room when its time is over, not a whole window at once.
pub async fn a_window_slides(limits: &dyn Limits) {
    let (key, begin, window) = (key("slide"), now(), Window { count: 3, seconds: 60 });
    let story = [
        (0, Verdict::Allowed),
        (20, Verdict::Allowed),
        (40, Verdict::Allowed),
        (41, Verdict::RetryAfter(19)),
        (59, Verdict::RetryAfter(1)),
        (60, Verdict::Allowed),
        (61, Verdict::RetryAfter(19)),
        (80, Verdict::Allowed),
        (80, Verdict::RetryAfter(20)),
        (200, Verdict::Allowed),
        (200, Verdict::Allowed),
        (200, Verdict::Allowed),
        (200, Verdict::RetryAfter(60)),
    ];
    for (seconds, verdict) in story {
        assert_eq!(take(limits, &key, window, after(begin, seconds)).await, verdict, "after {seconds} s");
    }
}

/// Who comes back when told to is let in, and is never told to come back at once.
pub async fn who_waits_as_told_is_let_in(limits: &dyn Limits) {
    let (key, begin, window) = (key("wait"), now(), Window { count: 1, seconds: 2 });
    assert_eq!(take(limits, &key, window, begin).await, Verdict::Allowed);
    assert_eq!(take(limits, &key, window, later(begin, 1)).await, Verdict::RetryAfter(2));
    assert_eq!(take(limits, &key, window, later(begin, 1_000)).await, Verdict::RetryAfter(1));
    assert_eq!(take(limits, &key, window, later(begin, 1_999)).await, Verdict::RetryAfter(1));
    assert_eq!(take(limits, &key, window, later(begin, 2_000)).await, Verdict::Allowed);
}

/// Hammering at a full window does not keep it full.
pub async fn what_is_refused_is_not_counted(limits: &dyn Limits) {
    let (key, begin, window) = (key("refused"), now(), Window { count: 2, seconds: 10 });
    for _ in 0..2 {
        assert_eq!(take(limits, &key, window, begin).await, Verdict::Allowed);
    }
    for seconds in 1..10_u32 {
        let verdict = take(limits, &key, window, after(begin, seconds.into())).await;
        assert_eq!(verdict, Verdict::RetryAfter(10 - seconds));
    }
    for _ in 0..2 {
        assert_eq!(take(limits, &key, window, after(begin, 10)).await, Verdict::Allowed);
    }
}

/// What is given back makes room for one, at the instant at which it was taken and no other.
pub async fn what_is_given_back_was_never_taken(limits: &dyn Limits) {
    let (key, begin, window) = (key("back"), now(), Window { count: 2, seconds: 60 });
    let give_back = async |taken| limits.give_back(&key, taken).await.expect("an answer");
    give_back(begin).await;
    for _ in 0..2 {
        assert_eq!(take(limits, &key, window, begin).await, Verdict::Allowed);
    }
    give_back(later(begin, 1)).await;
    assert_eq!(take(limits, &key, window, begin).await, Verdict::RetryAfter(60));
    give_back(begin).await;
    assert_eq!(take(limits, &key, window, after(begin, 20)).await, Verdict::Allowed);
    assert_eq!(take(limits, &key, window, after(begin, 20)).await, Verdict::RetryAfter(40));
}

/// A look says what taking would, and takes nothing.
pub async fn a_look_counts_nothing(limits: &dyn Limits) {
    let (key, now, window) = (key("peek"), now(), Window { count: 2, seconds: 10 });
    for _ in 0..5 {
        assert_eq!(peek(limits, &key, window, now).await, Verdict::Allowed);
    }
    for _ in 0..2 {
        assert_eq!(take(limits, &key, window, now).await, Verdict::Allowed);
    }
    assert_eq!(peek(limits, &key, window, after(now, 4)).await, Verdict::RetryAfter(6));
    assert_eq!(peek(limits, &key, window, after(now, 10)).await, Verdict::Allowed);
}

/// Calls at the very same instant count one by one, and never more than fit.
pub async fn of_calls_at_once_as_many_are_allowed_as_have_room(limits: &dyn Limits) {
    let (key, now, window) = (key("parallel"), now(), Window { count: 10, seconds: 60 });
    let verdicts = join_all((0..50).map(|_| take(limits, &key, window, now))).await;
    assert_eq!(verdicts.into_iter().filter(|verdict| *verdict == Verdict::Allowed).count(), 10);
    assert_eq!(take(limits, &key, window, now).await, Verdict::RetryAfter(60));
}

/// Each key counts for itself, whatever it is made of.
pub async fn keys_do_not_share_a_window(limits: &dyn Limits) {
    let (now, window) = (now(), Window { count: 1, seconds: 60 });
    let base = id();
    let keys = [
        format!("ip:2001:db8::{base}/64"),
        format!("ip:2001:db8::{base}/640"),
        format!("{{{base}}}"),
        format!("{{}}{base}"),
        format!("{base}:"),
        format!("{base} {base}"),
        format!("ключ {base}"),
    ];
    for key in &keys {
        assert_eq!(take(limits, key, window, now).await, Verdict::Allowed, "{key}");
    }
    for key in &keys {
        assert_eq!(take(limits, key, window, now).await, Verdict::RetryAfter(60), "{key}");
    }
}

/// Five failures cost nothing; those that are long ago do not count.
pub async fn five_failures_are_free(limits: &dyn Limits) {
    let (account, begin_at) = (key("account"), now());
    for seconds in [0, 1, 2, 3] {
        assert_eq!(begin(limits, &account, "192.0.2.1", after(begin_at, seconds)).await, Verdict::Allowed);
    }
    fail_until_it_waits(limits, &account, "192.0.2.1", after(begin_at, 303)).await;
}

/// Each failure beyond the free ones doubles the wait, up to the longest.
pub async fn each_further_failure_doubles_the_wait(limits: &dyn Limits) {
    let (account, ip, mut time) = (key("account"), "192.0.2.1", now());
    fail_until_it_waits(limits, &account, ip, time).await;
    let mut waited = 30;
    for wait in [60, 120, 240, 480, 900, 900] {
        let early = later(after(time, waited), -1);
        assert_eq!(begin(limits, &account, ip, early).await, Verdict::RetryAfter(1));
        time = after(time, waited);
        assert_eq!(begin(limits, &account, ip, time).await, Verdict::Allowed, "after {waited} s");
        assert_eq!(begin(limits, &account, ip, time).await, Verdict::RetryAfter(wait));
        waited = wait.into();
    }
}

/// Whoever tries while the bucket waits does not make it wait longer.
pub async fn a_try_during_the_wait_is_not_counted(limits: &dyn Limits) {
    let (account, ip, now) = (key("account"), "192.0.2.1", now());
    fail_until_it_waits(limits, &account, ip, now).await;
    for seconds in 1..30_u32 {
        let verdict = begin(limits, &account, ip, after(now, seconds.into())).await;
        assert_eq!(verdict, Verdict::RetryAfter(30 - seconds));
    }
    assert_eq!(begin(limits, &account, ip, after(now, 30)).await, Verdict::Allowed);
    assert_eq!(begin(limits, &account, ip, after(now, 30)).await, Verdict::RetryAfter(60));
}

/// A right password makes the failures before it forgotten, also for those who come from elsewhere.
pub async fn success_forgets_the_failures(limits: &dyn Limits) {
    let (account, now) = (key("account"), now());
    for _ in 0..5 {
        assert_eq!(begin(limits, &account, "192.0.2.1", now).await, Verdict::Allowed);
    }
    succeed(limits, &account, "192.0.2.1", now).await;
    fail_until_it_waits(limits, &account, "192.0.2.2", now).await;
    fail_until_it_waits(limits, &account, "192.0.2.1", now).await;
    succeed(limits, &account, "192.0.2.1", now).await;
    assert_eq!(begin(limits, &account, "192.0.2.1", now).await, Verdict::Allowed);
}

/// Who tries from elsewhere can't lock out the owner, and the owner's slips do not open a door to them.
pub async fn a_known_address_has_a_bucket_of_its_own(limits: &dyn Limits) {
    let (account, now) = (key("account"), now());
    let (home, attacker) = ("192.0.2.1", "198.51.100.7");
    assert_eq!(begin(limits, &account, home, now).await, Verdict::Allowed);
    succeed(limits, &account, home, now).await;
    fail_until_it_waits(limits, &account, attacker, now).await;
    assert_eq!(begin(limits, &account, "198.51.100.8", now).await, Verdict::RetryAfter(30));
    assert_eq!(begin(limits, &account, home, now).await, Verdict::Allowed);
    succeed(limits, &account, home, now).await;
    assert_eq!(begin(limits, &account, attacker, now).await, Verdict::RetryAfter(30), "it still waits");
}

/// An address is known for so long, and again from each success on.
pub async fn a_known_address_is_forgotten_in_time(limits: &dyn Limits) {
    let (account, now) = (key("account"), now());
    let (home, attacker) = ("192.0.2.1", "198.51.100.7");
    succeed(limits, &account, home, now).await;
    let known = i64::from(RULE.known_seconds);
    let soon = after(now, known - 1);
    fail_until_it_waits(limits, &account, attacker, soon).await;
    assert_eq!(begin(limits, &account, home, soon).await, Verdict::Allowed);
    let late = after(now, known);
    assert!(matches!(begin(limits, &account, home, late).await, Verdict::RetryAfter(_)));
}

/// Each account waits for itself.
pub async fn accounts_do_not_share_a_bucket(limits: &dyn Limits) {
    let now = now();
    fail_until_it_waits(limits, &key("account"), "192.0.2.1", now).await;
    assert_eq!(begin(limits, &key("account"), "192.0.2.1", now).await, Verdict::Allowed);
}

/// A failure is counted before the password is checked: parallel tries can't slip past.
pub async fn of_logins_at_once_as_many_begin_as_are_free(limits: &dyn Limits) {
    let (account, now) = (key("account"), now());
    let verdicts = join_all((0..50).map(|_| begin(limits, &account, "192.0.2.1", now))).await;
    assert_eq!(verdicts.into_iter().filter(|verdict| *verdict == Verdict::Allowed).count(), 5);
}
