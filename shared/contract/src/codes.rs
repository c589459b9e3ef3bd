//! What every store of mailed codes does.

use futures::future::join_all;
use jiff::Timestamp;
use models::UserId;
use ports::{CodeHash, CodeSlot, Codes, Purpose, Window};

use crate::chance::{after, digest, id, later, now};

const TRIES: u32 = 5;
const MINUTES_10: i64 = 600;
/// Mails enough not to be in the way.
const PLENTY: &[Window] = &[Window { count: 1000, seconds: 60 }];

fn slot() -> CodeSlot {
    CodeSlot { purpose: Purpose::Registration, address: hex(), user: None }
}

fn hex() -> String {
    digest().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn code() -> CodeHash {
    CodeHash(digest())
}

async fn issue(codes: &dyn Codes, slot: &CodeSlot, now: Timestamp) -> CodeHash {
    let code = code();
    let went = codes.issue(slot, code, PLENTY, now, after(now, MINUTES_10)).await.expect("issued");
    assert!(went, "there was room for the mail");
    code
}

async fn mail(codes: &dyn Codes, slot: &CodeSlot, mails: &[Window], now: Timestamp) -> bool {
    codes.issue(slot, code(), mails, now, after(now, MINUTES_10)).await.expect("an answer")
}

async fn verify(codes: &dyn Codes, slot: &CodeSlot, code: CodeHash, now: Timestamp) -> bool {
    codes.verify(slot, code, TRIES, now).await.expect("an answer")
}

async fn claim(codes: &dyn Codes, slot: &CodeSlot, code: CodeHash, now: Timestamp) -> bool {
    codes.claim(slot, code, TRIES, now).await.expect("an answer")
}

/// Looking at a code does not spend it; serving does.
pub async fn a_code_is_right_until_it_has_served(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let code = issue(codes, &slot, now).await;
    assert!(verify(codes, &slot, code, now).await);
    assert!(verify(codes, &slot, code, now).await);
    assert!(claim(codes, &slot, code, now).await);
    codes.spend(&slot, code).await.expect("spent");
    assert!(!verify(codes, &slot, code, now).await);
    assert!(!claim(codes, &slot, code, now).await);
}

/// Another code is wrong, and so is any where none was issued.
pub async fn another_code_is_wrong(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    assert!(!verify(codes, &slot, code(), now).await);
    assert!(!claim(codes, &slot, code(), now).await);
    let right = issue(codes, &slot, now).await;
    assert!(!verify(codes, &slot, code(), now).await);
    assert!(!claim(codes, &slot, code(), now).await);
    assert!(claim(codes, &slot, right, now).await);
}

/// A new code takes the place of the old one.
pub async fn only_the_newest_code_counts(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let old = issue(codes, &slot, now).await;
    let new = issue(codes, &slot, after(now, 1)).await;
    let now = after(now, 2);
    assert!(!verify(codes, &slot, old, now).await);
    assert!(!claim(codes, &slot, old, now).await);
    assert!(claim(codes, &slot, new, now).await);
}

/// A code is bound to what it is for, to its address and to who asked.
pub async fn slots_do_not_share_codes(codes: &dyn Codes) {
    let now = now();
    let user = Some(UserId::new(id()));
    let own = CodeSlot { purpose: Purpose::EmailChange, address: hex(), user };
    let code = issue(codes, &own, now).await;
    let others = [
        CodeSlot { purpose: Purpose::Restore, ..own.clone() },
        CodeSlot { address: hex(), ..own.clone() },
        CodeSlot { user: Some(UserId::new(id())), ..own.clone() },
        CodeSlot { user: None, ..own.clone() },
    ];
    for other in &others {
        assert!(!verify(codes, other, code, now).await, "{other:?}");
        issue(codes, other, now).await;
    }
    assert!(claim(codes, &own, code, now).await);
}

/// A code is right before its end and wrong from then on.
pub async fn an_expired_code_is_wrong(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let code = issue(codes, &slot, now).await;
    let end = after(now, MINUTES_10);
    assert!(verify(codes, &slot, code, later(end, -1)).await);
    assert!(!verify(codes, &slot, code, end).await);
    assert!(!claim(codes, &slot, code, later(end, 1)).await);
}

/// Giving a code back does not make its life longer.
pub async fn a_released_code_still_expires(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let code = issue(codes, &slot, now).await;
    assert!(claim(codes, &slot, code, after(now, MINUTES_10 - 1)).await);
    codes.release(&slot, code).await.expect("released");
    assert!(!claim(codes, &slot, code, after(now, MINUTES_10)).await);
}

/// Wrong tries and right ones are counted alike, and after the last one no code is right.
pub async fn a_code_has_five_tries(codes: &dyn Codes) {
    let now = now();
    for wrong in 0..=6 {
        let slot = slot();
        let right = issue(codes, &slot, now).await;
        for _ in 0..wrong {
            assert!(!verify(codes, &slot, code(), now).await);
        }
        assert_eq!(verify(codes, &slot, right, now).await, wrong < 5, "after {wrong} wrong tries");
    }
    let slot = slot();
    let right = issue(codes, &slot, now).await;
    for _ in 0..5 {
        assert!(verify(codes, &slot, right, now).await);
    }
    assert!(!claim(codes, &slot, right, now).await, "both steps of a restore share the count");
}

/// A new code begins to count anew.
pub async fn a_new_code_has_all_its_tries(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    issue(codes, &slot, now).await;
    for _ in 0..7 {
        assert!(!claim(codes, &slot, code(), now).await);
    }
    let right = issue(codes, &slot, after(now, 1)).await;
    assert!(claim(codes, &slot, right, after(now, 1)).await);
}

/// Tries are counted before the comparison: parallel ones can't slip past.
pub async fn tries_at_once_are_all_counted(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let right = issue(codes, &slot, now).await;
    let tries = join_all((0..20).map(|_| verify(codes, &slot, right, now))).await;
    assert_eq!(tries.into_iter().filter(|right| *right).count(), 5);
}

/// A code serves once, however many ask for it at once.
pub async fn of_20_claims_at_once_one_succeeds(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let right = issue(codes, &slot, now).await;
    let claims = join_all((0..20).map(|_| claim(codes, &slot, right, now))).await;
    assert_eq!(claims.into_iter().filter(|claimed| *claimed).count(), 1);
}

/// While somebody holds a code it is nobody else's; given back, it is as it was.
pub async fn a_claimed_code_is_wrong_until_released(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let code = issue(codes, &slot, now).await;
    assert!(claim(codes, &slot, code, now).await);
    assert!(!verify(codes, &slot, code, now).await);
    assert!(!claim(codes, &slot, code, now).await);
    codes.release(&slot, code).await.expect("released");
    assert!(claim(codes, &slot, code, now).await);
}

/// A right code that was refused for another reason is not a try.
pub async fn a_released_claim_is_not_counted(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let right = issue(codes, &slot, now).await;
    for _ in 0..4 {
        assert!(!verify(codes, &slot, code(), now).await);
    }
    for _ in 0..10 {
        assert!(claim(codes, &slot, right, now).await);
        codes.release(&slot, right).await.expect("released");
    }
    assert!(verify(codes, &slot, right, now).await, "the fifth try");
    assert!(!verify(codes, &slot, right, now).await);
}

/// What happens to a code that was replaced does not touch the one in its place.
pub async fn an_old_claim_does_not_touch_a_new_code(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let old = issue(codes, &slot, now).await;
    assert!(claim(codes, &slot, old, now).await);
    let new = issue(codes, &slot, after(now, 1)).await;
    let now = after(now, 2);
    codes.spend(&slot, old).await.expect("an answer");
    assert!(verify(codes, &slot, new, now).await);
    assert!(claim(codes, &slot, new, now).await);
    codes.release(&slot, old).await.expect("an answer");
    assert!(!claim(codes, &slot, new, now).await, "the new one stays claimed");
    assert!(!verify(codes, &slot, old, now).await);
}

/// A mail that has no room changes nothing: the code before stays the right one.
pub async fn a_mail_too_many_changes_nothing(codes: &dyn Codes) {
    let (slot, begin) = (slot(), now());
    let mails = [Window { count: 1, seconds: 60 }];
    let first = code();
    assert!(codes.issue(&slot, first, &mails, begin, after(begin, MINUTES_10)).await.expect("an answer"));
    for seconds in [0, 1, 59] {
        assert!(!mail(codes, &slot, &mails, after(begin, seconds)).await, "after {seconds} s");
    }
    assert!(verify(codes, &slot, first, after(begin, 59)).await);
    assert!(mail(codes, &slot, &mails, after(begin, 60)).await, "refused ones were not counted");
    assert!(!verify(codes, &slot, first, after(begin, 60)).await);
}

/// Every window has to have room.
pub async fn mails_have_several_windows(codes: &dyn Codes) {
    let (slot, begin) = (slot(), now());
    let mails = [
        Window { count: 1, seconds: 60 },
        Window { count: 3, seconds: 3_600 },
        Window { count: 4, seconds: 86_400 },
    ];
    let day = [
        (0, true),
        (30, false),
        (60, true),
        (120, true),
        (180, false),
        (3_599, false),
        (3_600, true),
        (3_660, false),
        (86_399, false),
        (86_400, true),
        (86_401, false),
    ];
    for (seconds, goes) in day {
        assert_eq!(mail(codes, &slot, &mails, after(begin, seconds)).await, goes, "after {seconds} s");
    }
}

/// Mails are counted by address and purpose, whoever asked for them.
pub async fn mails_are_counted_by_address_and_purpose(codes: &dyn Codes) {
    let now = now();
    let mails = [Window { count: 1, seconds: 60 }];
    let first = CodeSlot { purpose: Purpose::EmailChange, address: hex(), user: Some(UserId::new(id())) };
    assert!(mail(codes, &first, &mails, now).await);
    let somebody_else = CodeSlot { user: Some(UserId::new(id())), ..first.clone() };
    assert!(!mail(codes, &somebody_else, &mails, now).await);
    let other_purpose = CodeSlot { purpose: Purpose::Restore, ..first.clone() };
    assert!(mail(codes, &other_purpose, &mails, now).await);
    assert!(mail(codes, &CodeSlot { address: hex(), ..first }, &mails, now).await);
}

/// Parallel requests can't have more mails sent than there is room for.
pub async fn of_mails_at_once_as_many_go_as_have_room(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let mails = [Window { count: 3, seconds: 60 }, Window { count: 8, seconds: 3_600 }];
    let went = join_all((0..20).map(|_| mail(codes, &slot, &mails, now))).await;
    assert_eq!(went.into_iter().filter(|went| *went).count(), 3);
}

/// A mail that did not go is not counted, and its code is gone.
pub async fn a_withdrawn_code_was_never_mailed(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    let mails = [Window { count: 1, seconds: 60 }];
    let code = code();
    assert!(codes.issue(&slot, code, &mails, now, after(now, MINUTES_10)).await.expect("an answer"));
    codes.withdraw(&slot, now).await.expect("withdrawn");
    assert!(!verify(codes, &slot, code, now).await);
    assert!(mail(codes, &slot, &mails, after(now, 1)).await);
    assert!(!mail(codes, &slot, &mails, after(now, 2)).await);
}

/// Withdrawing an older mail leaves the newer code as it is.
pub async fn withdrawing_an_old_mail_leaves_the_new_code(codes: &dyn Codes) {
    let (slot, now) = (slot(), now());
    issue(codes, &slot, now).await;
    let new = issue(codes, &slot, after(now, 1)).await;
    codes.withdraw(&slot, now).await.expect("withdrawn");
    codes.withdraw(&slot, after(now, -1)).await.expect("nothing to withdraw");
    assert!(claim(codes, &slot, new, after(now, 2)).await);
}
