//! What is consistent here:
//!
//! - A session that is there is somebody's, is named by them, and has exactly one token to go on with; its tokens and
//!   its words for them lead to each other. All of that is written in one step.
//! - A session that is marked as reused does not live, and is otherwise whole: the mark is its end, and the rest goes
//!   with the next token that is presented, the next sign-in too many, or its time. So a mark that is left is no fault.
//! - Of a session whose head is gone, tokens, words and its name may be left, where sweeping up was cut short. Nothing
//!   can be done with them, and they go at their time.
//! - While its owner is about to go, a session may have lost its tokens already: that is told as the owner's.

use models::SessionId;

use super::{All, must};
use crate::item::{Item, Key, text, texts, time, uuid};
use crate::records::{user_key, user_of};
use crate::sessions::{is_reused, lives, session_key, token_key};

pub(super) fn of_sessions(all: &All, key: &Key, item: &Item, said: &mut Vec<String>) {
    must(said, item.contains_key("ttl"), || format!("{key:?} never goes"));
    match key.part.as_deref() {
        Some("session") => of_head(all, key, item, said),
        Some("token") => of_token(all, key, item, said),
        // The session's words for its tokens are looked at with it.
        _ => {}
    }
}

fn of_head(all: &All, key: &Key, item: &Item, said: &mut Vec<String>) {
    let user = user_of(item).expect("whose it is");
    let Some(person) = all.get(&user_key(user)) else {
        said.push(format!("{key:?} is nobody's"));
        return;
    };
    let id = text(item, "session").expect("an id");
    let named = texts(person, "sessions").iter().any(|named| named == id);
    must(said, named, || format!("{key:?} is not named by {user}"));
    let begun = time(item, "created_at").expect("an instant");
    let over = !lives(item, begun).expect("instants");
    must(said, over || !is_reused(item), || format!("{key:?} lives on, though it was reused"));
    if !person.contains_key("going") {
        of_words(all, key, id, said);
    }
}

/// Whether a session's words lead to tokens of its own, of which one is unspent.
fn of_words(all: &All, head: &Key, id: &str, said: &mut Vec<String>) {
    let words = all.keys().filter(|key| key.table == head.table && key.id == head.id);
    let digests = words.filter_map(|key| key.part.as_deref()?.strip_prefix("token#"));
    let mut unspent = 0;
    for digest in digests {
        let token =
            all.get(&token_key(digest)).filter(|token| text(token, "session").is_ok_and(|of| of == id));
        must(said, token.is_some(), || format!("{head:?} has a word for no token of its own: {digest}"));
        unspent += usize::from(token.is_some_and(|token| !token.contains_key("spent_at")));
    }
    must(said, unspent == 1, || format!("{head:?} has {unspent} live tokens"));
}

fn of_token(all: &All, key: &Key, item: &Item, said: &mut Vec<String>) {
    let head = session_key(SessionId::new(uuid(item, "session").expect("a session")));
    let Some(session) = all.get(&head) else { return };
    let same = user_of(session).ok() == user_of(item).ok();
    must(said, same, || format!("{key:?} is another person's than {head:?}"));
    let word = Key::part(head.table, head.id, key.id.as_str());
    must(said, all.contains_key(&word), || format!("{key:?} is not named by its session"));
}

#[cfg(test)]
mod tests {
    use contract::chance::now;
    use contract::made;
    use models::UserId;
    use ports::NewSession;

    use super::*;
    use crate::item::{hex, instant, true_value};
    use crate::sessions::{first_session, session_ids, token_of};
    use crate::tables::Table;
    use crate::write::What;

    struct Scene {
        all: All,
        user: UserId,
        session: NewSession,
    }

    impl Scene {
        /// Somebody with a session.
        fn new() -> Self {
            let (new, session) = (made::user(now()), made::session(now()));
            let mut person = crate::people::user_item(&new);
            person.insert("sessions".to_owned(), session_ids([session.id]));
            let mut all = All::from([(user_key(new.id), person)]);
            for write in first_session(new.id, new.role, &session) {
                let What::Put(item) = write.what else { panic!("no item") };
                all.insert(Key::of_item(Table::Sessions, &item).expect("a key"), item);
            }
            Self { all, user: new.id, session }
        }

        fn token(&self) -> Key {
            token_key(&hex(&self.session.refresh.0))
        }

        fn item(&mut self, key: &Key) -> &mut Item {
            self.all.get_mut(key).expect("an item")
        }

        fn said(&self) -> Vec<String> {
            let mut said = Vec::new();
            for (key, item) in self.all.iter().filter(|(key, _)| key.table == Table::Sessions) {
                of_sessions(&self.all, key, item, &mut said);
            }
            said
        }

        fn says(&self, what: &str) {
            let said = self.said();
            assert!(said.len() == 1 && said[0].contains(what), "{said:?}");
        }
    }

    #[test]
    fn a_whole_session_agrees_and_so_does_a_marked_one() {
        let mut scene = Scene::new();
        assert_eq!(scene.said(), Vec::<String>::new());
        let head = session_key(scene.session.id);
        scene.item(&head).insert("reused".to_owned(), true_value());
        assert_eq!(scene.said(), Vec::<String>::new());
        scene.all.remove(&head);
        assert_eq!(scene.said(), Vec::<String>::new(), "what is left of one that ended goes by itself");
    }

    #[test]
    fn a_session_without_a_live_token_is_told() {
        let mut scene = Scene::new();
        let (token, user) = (scene.token(), user_key(scene.user));
        scene.item(&token).insert("spent_at".to_owned(), instant(now()));
        scene.says("0 live tokens");
        scene.item(&user).insert("going".to_owned(), true_value());
        assert_eq!(scene.said(), Vec::<String>::new(), "its owner is about to go");
    }

    #[test]
    fn a_session_with_two_live_tokens_is_told() {
        let mut scene = Scene::new();
        let other = NewSession { refresh: made::token(), ..scene.session.clone() };
        for write in first_session(scene.user, models::Role::User, &other) {
            let What::Put(item) = write.what else { panic!("no item") };
            scene.all.insert(Key::of_item(Table::Sessions, &item).expect("a key"), item);
        }
        scene.says("2 live tokens");
    }

    #[test]
    fn a_token_that_its_session_does_not_name_is_told() {
        let mut scene = Scene::new();
        let word = token_of(scene.session.id, &hex(&scene.session.refresh.0));
        scene.all.remove(&word);
        let said = scene.said();
        assert!(said.iter().any(|what| what.contains("is not named by its session")), "{said:?}");
    }

    #[test]
    fn a_session_that_its_owner_does_not_name_is_told() {
        let mut scene = Scene::new();
        let user = user_key(scene.user);
        scene.item(&user).remove("sessions");
        scene.says("is not named by");
        scene.all.remove(&user);
        scene.says("is nobody's");
    }
}
