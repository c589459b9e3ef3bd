//! What every store of sessions does.

use futures::future::{join, join_all};
use jiff::Timestamp;
use models::{SessionId, UserId};
use ports::{EndSessions, LiveSession, NewSession, Rotated, Rotation, Session, SessionIds, TokenHash};

use crate::Stores;
use crate::chance::{after, digest, later, now};
use crate::made;

const DAY: i64 = 86_400;
const GRACE: i64 = 10;
const MOST: u32 = 5;

async fn open(stores: &Stores, user: UserId, hash: &str, now: Timestamp) -> Option<NewSession> {
    let session = made::session(now);
    let opened = stores.sessions.open(user, session.clone(), hash, MOST).await.expect("an answer");
    opened.then_some(session)
}

async fn lives(stores: &Stores, session: SessionId, now: Timestamp) -> bool {
    stores.sessions.find(session, now).await.expect("an answer").is_some()
}

fn rotation(presented: TokenHash, now: Timestamp) -> Rotation {
    Rotation {
        presented,
        successor: made::token(),
        sealed: digest().to_vec(),
        now,
        grace_since: after(now, -GRACE),
        idle_until: after(now, 14 * DAY),
    }
}

async fn present(stores: &Stores, token: TokenHash, now: Timestamp) -> Rotated {
    stores.sessions.rotate(rotation(token, now)).await.expect("an answer")
}

/// Spends `token` and gives its successor.
async fn refresh(stores: &Stores, token: TokenHash, now: Timestamp) -> TokenHash {
    let rotation = rotation(token, now);
    let successor = rotation.successor;
    let rotated = stores.sessions.rotate(rotation).await.expect("an answer");
    assert!(matches!(rotated, Rotated::New(_)), "{rotated:?}");
    successor
}

fn shown(session: &NewSession, last_used_at: Timestamp) -> Session {
    Session {
        id: session.id,
        created_at: session.now,
        last_used_at,
        user_agent: session.user_agent.clone(),
        ip: session.ip.clone(),
    }
}

/// A sign-in opens a session, whole, and is remembered.
pub async fn a_session_reads_back_whole(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let time = after(begin, 60);
    let session = open(stores, person.id(), person.hash(), time).await.expect("opened");
    let live = stores.sessions.find(session.id, time).await.expect("an answer");
    assert_eq!(live, Some(LiveSession { user_id: person.id(), role: person.new.role }));
    let list = stores.sessions.list(person.id(), time).await.expect("an answer");
    assert_eq!(list, [shown(&session, time), shown(&person.session, begin)]);
    let user = stores.users.find(person.id()).await.expect("an answer").expect("there");
    assert_eq!((user.joined_at, user.last_auth_at), (begin, time));
}

/// No session is opened for a hash that is not the account's, or for nobody.
pub async fn a_session_needs_the_password(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    assert!(open(stores, person.id(), "another", after(begin, 9)).await.is_none());
    assert!(open(stores, made::nobody(), person.hash(), after(begin, 9)).await.is_none());
    let user = stores.users.find(person.id()).await.expect("an answer").expect("there");
    assert_eq!(user.last_auth_at, begin);
    assert_eq!(stores.sessions.list(person.id(), begin).await.expect("an answer").len(), 1);
}

/// A session lives until its idle end, and not at it.
pub async fn a_session_ends_when_idle(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let end = person.session.idle_until;
    assert!(lives(stores, person.session(), later(end, -1)).await);
    assert!(!lives(stores, person.session(), end).await);
    assert!(stores.sessions.list(person.id(), end).await.expect("an answer").is_empty());
    assert_eq!(present(stores, person.session.refresh, end).await, Rotated::Unknown);
}

/// Refreshing moves the idle end, and never beyond the last one.
pub async fn a_refreshed_session_ends_at_the_latest_when_it_expires(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let token = refresh(stores, person.session.refresh, after(begin, 13 * DAY)).await;
    assert!(lives(stores, person.session(), after(begin, 26 * DAY)).await);
    let token = refresh(stores, token, after(begin, 26 * DAY)).await;
    let end = person.session.expires_at;
    assert!(lives(stores, person.session(), later(end, -1)).await);
    assert!(!lives(stores, person.session(), end).await);
    assert_eq!(present(stores, token, end).await, Rotated::Unknown);
}

/// The sixth session ends the one that was used the longest time ago, not the oldest.
pub async fn a_sixth_session_ends_the_least_recently_used(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let mut sessions = vec![person.session.clone()];
    for n in 1..=4 {
        let session = open(stores, person.id(), person.hash(), after(begin, n)).await;
        sessions.push(session.expect("opened"));
    }
    let token = refresh(stores, sessions[0].refresh, after(begin, 5)).await;
    let sixth = open(stores, person.id(), person.hash(), after(begin, 6)).await.expect("opened");
    let time = after(begin, 7);
    let list = stores.sessions.list(person.id(), time).await.expect("an answer");
    let ids: Vec<_> = list.iter().map(|session| session.id).collect();
    assert_eq!(ids, [sixth.id, sessions[0].id, sessions[4].id, sessions[3].id, sessions[2].id]);
    assert!(!lives(stores, sessions[1].id, time).await);
    assert_eq!(present(stores, sessions[1].refresh, time).await, Rotated::Unknown);
    refresh(stores, token, time).await;
}

/// Sessions that ended by themselves do not count.
pub async fn ended_sessions_take_no_room(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    for _ in 0..4 {
        open(stores, person.id(), person.hash(), begin).await.expect("opened");
    }
    let late = after(begin, 15 * DAY);
    for n in 1..=5 {
        open(stores, person.id(), person.hash(), after(late, n)).await.expect("opened");
    }
    let list = stores.sessions.list(person.id(), after(late, 9)).await.expect("an answer");
    assert_eq!(list.len(), 5);
}

/// Those who sign in at once can't have more sessions than there may be.
pub async fn sign_ins_at_once_leave_five_sessions(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let opened = join_all((0..20).map(|_| open(stores, person.id(), person.hash(), begin))).await;
    assert!(opened.iter().all(Option::is_some));
    let list = stores.sessions.list(person.id(), begin).await.expect("an answer");
    assert_eq!(list.len(), 5);
}

/// A sign-in with the old password does not outlive the change of it that overtook it.
pub async fn no_sign_in_outlives_a_change_of_password(stores: &Stores) {
    let person = stores.person().await;
    let mut hash = person.hash().to_owned();
    for n in 0..20 {
        let new = format!("hash {n}");
        let changing = stores.users.set_password(person.id(), &hash, &new, EndSessions::All);
        let opening = join_all((0..3).map(|_| open(stores, person.id(), &hash, now())));
        let (changed, _) = join(changing, opening).await;
        assert!(changed.expect("an answer"));
        assert!(stores.sessions.list(person.id(), now()).await.expect("an answer").is_empty());
        hash = new;
    }
}

/// Each refresh spends a token and gives another of the same session.
pub async fn a_refresh_rotates_the_token(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let ids = SessionIds { session_id: person.session(), user_id: person.id() };
    let mut token = person.session.refresh;
    for n in 1..=5 {
        let rotation = rotation(token, after(begin, n * 60));
        token = rotation.successor;
        assert_eq!(stores.sessions.rotate(rotation).await.expect("an answer"), Rotated::New(ids));
    }
    let list = stores.sessions.list(person.id(), after(begin, 400)).await.expect("an answer");
    assert_eq!(list, [shown(&person.session, after(begin, 300))]);
    let user = stores.users.find(person.id()).await.expect("an answer").expect("there");
    assert_eq!(user.last_auth_at, begin, "a refresh is no sign-in");
}

/// A token that nobody has is nobody's.
pub async fn an_unknown_token_is_unknown(stores: &Stores) {
    let person = stores.person().await;
    assert_eq!(present(stores, made::token(), now()).await, Rotated::Unknown);
    assert!(lives(stores, person.session(), now()).await);
}

/// However many refreshes of one token come at once, there is one successor, and all are told the same.
pub async fn of_20_refreshes_at_once_one_is_new(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let rotations: Vec<_> = (0..20).map(|_| rotation(person.session.refresh, begin)).collect();
    let answers = join_all(rotations.iter().map(|rotation| stores.sessions.rotate(rotation.clone()))).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("an answer")).collect();
    let first = answers.iter().position(|answer| matches!(answer, Rotated::New(_))).expect("one is new");
    for (n, answer) in answers.iter().enumerate().filter(|(n, _)| *n != first) {
        match answer {
            Rotated::Again { ids, sealed, spent_at } => {
                assert_eq!((ids.session_id, ids.user_id), (person.session(), person.id()));
                assert_eq!((sealed, *spent_at), (&rotations[first].sealed, begin));
            }
            other => panic!("refresh {n}: {other:?}"),
        }
    }
    refresh(stores, rotations[first].successor, after(begin, 1)).await;
}

/// Within the grace a spent token gets the successor that there is; after it, its session ends, and with it every
/// token.
pub async fn a_spent_token_after_the_grace_ends_the_session(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let successor = refresh(stores, person.session.refresh, begin).await;
    let last = later(after(begin, GRACE), -1);
    assert!(matches!(present(stores, person.session.refresh, last).await, Rotated::Again { .. }));
    assert!(lives(stores, person.session(), last).await);
    let late = after(begin, GRACE);
    match present(stores, person.session.refresh, late).await {
        Rotated::Reused { ids, email, session } => {
            assert_eq!((ids.session_id, ids.user_id), (person.session(), person.id()));
            assert_eq!(email.shown(), person.new.email.shown());
            assert_eq!(session, shown(&person.session, begin));
        }
        other => panic!("{other:?}"),
    }
    assert!(!lives(stores, person.session(), late).await);
    assert_eq!(present(stores, successor, late).await, Rotated::Unknown);
    assert_eq!(present(stores, person.session.refresh, late).await, Rotated::Unknown);
}

/// The grace is for the last token alone: one whose successor is spent too ends the session at once.
pub async fn a_token_before_the_last_ends_the_session(stores: &Stores) {
    let begin = now();
    let (person, other) = (stores.person_at(begin).await, stores.person_at(begin).await);
    let second = refresh(stores, person.session.refresh, begin).await;
    let third = refresh(stores, second, begin).await;
    let reused = present(stores, person.session.refresh, later(begin, 1)).await;
    assert!(matches!(reused, Rotated::Reused { .. }), "{reused:?}");
    assert_eq!(present(stores, third, later(begin, 1)).await, Rotated::Unknown);
    assert!(lives(stores, other.session(), begin).await, "somebody else's session goes on");
}

/// Of those who come at once with a spent token at least one is told, and everybody gets an answer.
pub async fn of_20_reuses_at_once_somebody_is_told(stores: &Stores) {
    let person = stores.person().await;
    let live = refresh(stores, person.session.refresh, now()).await;
    let late = after(now(), GRACE);
    let answers = join_all((0..20).map(|_| present(stores, person.session.refresh, late))).await;
    assert!(answers.iter().any(|answer| matches!(answer, Rotated::Reused { .. })), "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer, Rotated::Reused { .. } | Rotated::Unknown)));
    assert_eq!(present(stores, live, late).await, Rotated::Unknown);
}

/// Any token ever spent is known as long as the session lives.
pub async fn a_token_of_long_ago_is_known(stores: &Stores) {
    let begin = now();
    let person = stores.person_at(begin).await;
    let mut token = person.session.refresh;
    for n in 1..=20 {
        token = refresh(stores, token, after(begin, n * 3_600)).await;
    }
    let reused = present(stores, person.session.refresh, after(begin, DAY)).await;
    assert!(matches!(reused, Rotated::Reused { .. }), "{reused:?}");
}

/// One ends one's own sessions, and nobody else's.
pub async fn a_session_is_ended_by_its_owner(stores: &Stores) {
    let begin = now();
    let (person, other) = (stores.person_at(begin).await, stores.person_at(begin).await);
    let end = async |user, session| stores.sessions.end(user, session).await.expect("an answer");
    assert!(!end(other.id(), person.session()).await);
    assert!(lives(stores, person.session(), begin).await);
    assert!(end(person.id(), person.session()).await);
    assert!(!lives(stores, person.session(), begin).await);
    assert_eq!(present(stores, person.session.refresh, begin).await, Rotated::Unknown);
    assert!(!end(person.id(), person.session()).await);
    assert!(lives(stores, other.session(), begin).await);
}

/// All but one end at once.
pub async fn other_sessions_end_together(stores: &Stores) {
    let begin = now();
    let (person, other) = (stores.person_at(begin).await, stores.person_at(begin).await);
    let mut ended = vec![person.session.clone()];
    for n in 1..=3 {
        ended.push(open(stores, person.id(), person.hash(), after(begin, n)).await.expect("opened"));
    }
    let kept = ended.remove(2);
    stores.sessions.end_others(person.id(), kept.id).await.expect("an answer");
    for session in ended {
        assert!(!lives(stores, session.id, begin).await);
        assert_eq!(present(stores, session.refresh, after(begin, 4)).await, Rotated::Unknown);
    }
    assert!(lives(stores, kept.id, begin).await && lives(stores, other.session(), begin).await);
}
