//! What every store of people does.

use futures::future::join_all;
use models::{About, Average, Link, Links, Role, Stats, TitleType, User, Username, WalkState};
use ports::{Conflict, EndSessions, Error, ProfilePatch};

use crate::Stores;
use crate::chance::now;
use crate::made;
use crate::stores::Person;

fn expected(person: &Person) -> User {
    let new = &person.new;
    User {
        id: new.id,
        username: new.username.clone(),
        avatar: None,
        about: About::try_from(String::new()).expect("empty"),
        links: Links::default(),
        joined_at: new.now,
        stats: Stats::default(),
        email: new.email.clone(),
        last_auth_at: new.now,
        role: new.role,
    }
}

async fn see(stores: &Stores, person: &Person) -> User {
    stores.users.find(person.id()).await.expect("an answer").expect("the person is there")
}

async fn lives(stores: &Stores, session: models::SessionId) -> bool {
    stores.sessions.find(session, now()).await.expect("an answer").is_some()
}

fn assert_conflict<T: std::fmt::Debug>(answer: Result<T, Error>, expected: Conflict) {
    match answer {
        Err(Error::Conflict(conflict)) => assert_eq!(conflict, expected),
        other => panic!("{expected:?} was to be, not {other:?}"),
    }
}

/// Everything that was written is there, as it was written.
pub async fn a_registered_person_reads_back_whole(stores: &Stores) {
    let person = stores.person().await;
    assert_eq!(see(stores, &person).await, expected(&person));
    let by_email = stores.users.credentials_by_email(&person.new.email.key()).await.expect("an answer");
    let by_id = stores.users.credentials(person.id()).await.expect("an answer");
    for found in [by_email, by_id] {
        let found = found.expect("the person is there");
        assert_eq!(found.user_id, person.id());
        assert_eq!(found.email.shown(), person.new.email.shown());
        assert_eq!(found.password_hash, person.hash());
    }
    assert!(lives(stores, person.session()).await);
}

/// A name that was fine once and would be refused today reads back as it was written.
pub async fn a_name_that_is_refused_by_now_stays_readable(stores: &Stores) {
    let person = stores.person().await;
    let name = format!("anna aННа {}", person.id());
    assert!(Username::try_from(name.clone()).is_err());
    let patch =
        ProfilePatch { username: Some(Username::from_stored(name.clone())), ..ProfilePatch::default() };
    stores.users.change_profile(person.id(), patch).await.expect("an answer").expect("the person");
    assert_eq!(see(stores, &person).await.username.as_str(), name);
}

/// Who is not there is not found.
pub async fn nobody_is_not_found(stores: &Stores) {
    let nobody = made::nobody();
    let users = &stores.users;
    assert!(users.find(nobody).await.expect("an answer").is_none());
    assert!(users.credentials(nobody).await.expect("an answer").is_none());
    assert!(users.credentials_by_email(&made::email().key()).await.expect("an answer").is_none());
    assert!(!users.set_password(nobody, "a", "b", EndSessions::All).await.expect("an answer"));
    let session = made::session(now()).id;
    assert!(!users.set_email(nobody, "a", &made::email(), session).await.expect("an answer"));
    assert!(users.change_profile(nobody, ProfilePatch::default()).await.expect("an answer").is_none());
    assert!(users.set_avatar(nobody, None).await.expect("an answer").is_none());
    assert!(users.delete(nobody, "a").await.expect("an answer").is_none());
    assert!(!users.set_role(&made::email().key(), Role::Moderator).await.expect("an answer"));
}

/// A registration whose answer was lost may come again.
pub async fn registering_twice_is_once(stores: &Stores) {
    let person = stores.person().await;
    stores.users.register(person.new.clone(), person.session.clone()).await.expect("the same");
    assert_eq!(see(stores, &person).await, expected(&person));
    assert_eq!(stores.sessions.list(person.id(), now()).await.expect("an answer").len(), 1);
}

/// An address is one person's, however it is written; a refused registration leaves nothing behind.
pub async fn a_taken_address_is_refused_and_changes_nothing(stores: &Stores) {
    let person = stores.person().await;
    let local = person.new.email.local_part().to_uppercase();
    let (mut new, session) = (made::user(now()), made::session(now()));
    new.email = made::email_of(&local);
    let answer = stores.users.register(new.clone(), session.clone()).await;
    assert_conflict(answer, Conflict::EmailTaken);
    assert!(stores.users.find(new.id).await.expect("an answer").is_none());
    assert!(!lives(stores, session.id).await);
    new.email = made::email();
    stores.users.register(new, session).await.expect("the name is still free");
    assert_eq!(see(stores, &person).await, expected(&person));
}

/// A username is one person's, with all that look like it; a refused registration leaves nothing behind.
pub async fn a_taken_username_is_refused_and_changes_nothing(stores: &Stores) {
    let word = made::some_word();
    let mut first = made::user(now());
    first.username = made::username(&format!("Pall{word}"));
    stores.users.register(first, made::session(now())).await.expect("registered");
    let (mut new, session) = (made::user(now()), made::session(now()));
    new.username = made::username(&format!("paII{word}"));
    assert_conflict(stores.users.register(new.clone(), session.clone()).await, Conflict::UsernameTaken);
    assert!(stores.users.credentials_by_email(&new.email.key()).await.expect("an answer").is_none());
    new.username = made::username(&format!("anna_{}", made::some_word()));
    stores.users.register(new, session).await.expect("the address is still free");
}

/// Of those who register one address at once, one has it.
pub async fn of_equal_registrations_at_once_one_succeeds(stores: &Stores) {
    let email = made::email();
    let answers = join_all((0..20).map(|_| async {
        let mut new = made::user(now());
        new.email = email.clone();
        let id = new.id;
        (id, stores.users.register(new, made::session(now())).await)
    }))
    .await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(_, answer)| answer.is_ok());
    assert_eq!(done.len(), 1);
    for (_, answer) in refused {
        assert_conflict(answer, Conflict::EmailTaken);
    }
    let found = stores.users.credentials_by_email(&email.key()).await.expect("an answer");
    assert_eq!(found.map(|found| found.user_id), Some(done[0].0));
}

/// Of those who choose one name at once, one has it.
pub async fn of_equal_usernames_at_once_one_succeeds(stores: &Stores) {
    let name = format!("anna_{}", made::some_word());
    let answers = join_all((0..20).map(|_| async {
        let mut new = made::user(now());
        new.username = made::username(&name);
        stores.users.register(new, made::session(now())).await
    }))
    .await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    refused.into_iter().for_each(|answer| assert_conflict(answer, Conflict::UsernameTaken));
}

/// A password is changed by who knows the old hash, and the sessions that are to end do.
pub async fn a_password_changes_and_sessions_end(stores: &Stores) {
    let person = stores.person().await;
    let other = made::session(now());
    assert!(stores.sessions.open(person.id(), other.clone(), person.hash(), 5).await.expect("an answer"));
    let set = async |old: &str, new: &str, end| {
        stores.users.set_password(person.id(), old, new, end).await.expect("an answer")
    };
    assert!(!set("another", "second", EndSessions::All).await);
    assert!(set(person.hash(), "second", EndSessions::None).await);
    assert!(lives(stores, other.id).await && lives(stores, person.session()).await);
    assert!(!set(person.hash(), "third", EndSessions::All).await, "the hash is no longer that");
    assert!(set("second", "third", EndSessions::AllBut(other.id)).await);
    assert!(lives(stores, other.id).await && !lives(stores, person.session()).await);
    assert!(set("third", "fourth", EndSessions::All).await);
    assert!(!lives(stores, other.id).await);
    let found = stores.users.credentials(person.id()).await.expect("an answer").expect("there");
    assert_eq!(found.password_hash, "fourth");
}

/// An account moves to another address; the old one is free, and other sessions end.
pub async fn an_account_moves_to_another_address(stores: &Stores) {
    let person = stores.person().await;
    let other = made::session(now());
    assert!(stores.sessions.open(person.id(), other.clone(), person.hash(), 5).await.expect("an answer"));
    let set = async |hash: &str, email: &models::Email| {
        stores.users.set_email(person.id(), hash, email, other.id).await
    };
    let email = made::email();
    assert!(!set("another", &email).await.expect("an answer"));
    assert!(lives(stores, person.session()).await);
    assert!(set(person.hash(), &email).await.expect("an answer"));
    assert_eq!(see(stores, &person).await.email.shown(), email.shown());
    assert!(lives(stores, other.id).await && !lives(stores, person.session()).await);
    let mut heir = made::user(now());
    heir.email = person.new.email.clone();
    stores.users.register(heir, made::session(now())).await.expect("the old address is free");
    assert_conflict(set(person.hash(), &person.new.email).await, Conflict::EmailTaken);
    assert_eq!(see(stores, &person).await.email.shown(), email.shown());
    let shouted = made::email_of(&email.local_part().to_uppercase());
    assert!(set(person.hash(), &shouted).await.expect("one's own address"));
    assert_eq!(see(stores, &person).await.email.shown(), shouted.shown());
}

/// What a patch names changes, the rest stays.
pub async fn a_profile_changes_as_patched(stores: &Stores) {
    let person = stores.person().await;
    let link = Link {
        label: "Мой \"сайт\"".to_owned().try_into().expect("a label"),
        url: "https://example.org/?a=b&c=\u{434}".to_owned().try_into().expect("an address"),
    };
    let links = Links::try_from(vec![link.clone(), link]).expect("links");
    let about: About = "О себе:\n\tничего".to_owned().try_into().expect("a text");
    let patch = ProfilePatch { about: Some(about.clone()), links: Some(links.clone()), username: None };
    let changed = stores.users.change_profile(person.id(), patch).await.expect("an answer");
    let mut wanted = User { about, links, ..expected(&person) };
    assert_eq!(changed.as_ref(), Some(&wanted));
    let upper = Username::try_from(person.new.username.as_str().to_uppercase()).expect("a name");
    let patch = ProfilePatch { username: Some(upper.clone()), ..ProfilePatch::default() };
    let changed = stores.users.change_profile(person.id(), patch).await.expect("one's own name");
    wanted.username = upper;
    assert_eq!(changed.as_ref(), Some(&wanted));
    assert_eq!(see(stores, &person).await, wanted);
}

/// A name that is somebody else's stays theirs, and nothing of the patch is done.
pub async fn a_profile_does_not_take_anothers_name(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let patch = ProfilePatch {
        username: Some(other.new.username.clone()),
        about: Some("x".to_owned().try_into().expect("a text")),
        links: None,
    };
    assert_conflict(stores.users.change_profile(person.id(), patch).await, Conflict::UsernameTaken);
    assert_eq!(see(stores, &person).await, expected(&person));
}

/// A picture takes the place of the one before, which is told.
pub async fn an_avatar_replaces_the_one_before(stores: &Stores) {
    let person = stores.person().await;
    let (first, second) = (made::picture("avatars"), made::picture("avatars"));
    let set = async |picture: Option<models::Picture>| {
        let set = stores.users.set_avatar(person.id(), picture).await.expect("an answer");
        set.expect("the person is there")
    };
    let story = [
        (Some(first.clone()), None),
        (Some(second.clone()), Some(first)),
        (Some(second.clone()), None),
        (None, Some(second)),
        (None, None),
    ];
    for (picture, replaced) in story {
        let set = set(picture.clone()).await;
        assert_eq!((&set.user.avatar, &set.replaced), (&picture, &replaced));
        assert_eq!(see(stores, &person).await, set.user);
    }
}

/// A person's numbers are those of their walks and reviews.
pub async fn a_persons_numbers_are_true(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let mut wanted = Stats::default();
    let plan = [
        (TitleType::Game, WalkState::Completed, 90),
        (TitleType::Game, WalkState::Completed, 85),
        (TitleType::Game, WalkState::Planned, 33),
        (TitleType::Anime, WalkState::Completed, 0),
    ];
    for (kind, state, mark) in plan {
        let title = stores.title_of(kind, 2000).await.id;
        stores.walk(title, person.id(), state, now()).await;
        stores.review(title, person.id(), mark, now()).await;
        stores.review(title, other.id(), 7, now()).await;
        *wanted.walks.entry((kind, state)).or_default() += 1;
        wanted.reviews += 1;
    }
    wanted.mean_rating = Average::of(208, 4);
    assert_eq!(see(stores, &person).await.stats, wanted);
}

/// A role goes to the account of the address.
pub async fn a_role_is_given_by_address(stores: &Stores) {
    let (person, other) = (stores.person().await, stores.person().await);
    let key = person.new.email.key();
    assert!(stores.users.set_role(&key, Role::Moderator).await.expect("an answer"));
    assert_eq!(see(stores, &person).await.role, Role::Moderator);
    assert_eq!(see(stores, &other).await.role, Role::User);
    let live = stores.sessions.find(person.session(), now()).await.expect("an answer");
    assert_eq!(live.map(|live| live.role), Some(Role::Moderator));
}
