//! Whether what is stored agrees with itself: everything written in one step is there whole.

mod sessions;

use std::collections::{HashMap, HashSet};

use models::{Average, TitleId};

use super::TestTables;
use crate::counts::{self, Counts};
use crate::item::{Item, Key, text};
use crate::people::{email_lock, username_lock};
use crate::records::{self, Kind, marks, rating_order, title_key, title_of, user_key, user_of};
use crate::tables::Table;
use crate::titles::place;

type All = HashMap<Key, Item>;

impl TestTables {
    /// What does not agree, in words; nothing where all is well. Deletions that are still to finish are told as well.
    ///
    /// # Panics
    /// The service does not do what is asked, or an item can't be read.
    pub async fn what_disagrees(&self) -> Vec<String> {
        let mut all = All::new();
        for table in [Table::Users, Table::Sessions, Table::Titles, Table::Entries, Table::Search] {
            let items = self.of(table).await.into_iter();
            all.extend(items.map(|item| (Key::of_item(table, &item).expect("a key"), item)));
        }
        let mut said = Vec::new();
        let mut counted = Counted::default();
        for (key, item) in &all {
            if item.contains_key("going") {
                said.push(format!("{key:?} is still to go"));
            }
            match key.table {
                Table::Users => of_users(&all, key, item, &mut said),
                Table::Titles => of_titles(&all, key, item, &mut said),
                Table::Entries => of_entries(&all, key, item, &mut counted, &mut said),
                Table::Search => of_search(&all, item, &mut said),
                Table::Sessions => sessions::of_sessions(&all, key, item, &mut said),
                Table::Codes | Table::Alerts => {}
            }
        }
        counted.compare(&all, &mut said);
        said.sort();
        said
    }
}

fn must(said: &mut Vec<String>, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        said.push(what());
    }
}

fn of_users(all: &All, key: &Key, item: &Item, said: &mut Vec<String>) {
    let user = user_of(item).expect("whose it is");
    if key.id.starts_with("user#") {
        for lock in ["email", "username"] {
            let taken = text(item, &format!("{lock}_key")).expect("a key");
            let lock = if lock == "email" { email_lock(taken) } else { username_lock(taken) };
            let theirs = all.get(&lock).is_some_and(|lock| user_of(lock).is_ok_and(|of| of == user));
            must(said, theirs, || format!("{user} has no lock {lock:?}"));
        }
    } else {
        let person = all.get(&user_key(user));
        let taken = key.id.split_once('#').map(|(kind, value)| (format!("{kind}_key"), value));
        let (name, value) = taken.expect("a lock");
        let theirs = person.is_some_and(|person| text(person, &name).is_ok_and(|own| own == value));
        must(said, theirs, || format!("{key:?} is nobody's"));
    }
}

fn of_titles(all: &All, key: &Key, item: &Item, said: &mut Vec<String>) {
    if key.id.starts_with("place#") {
        let title = title_of(item).expect("whose it is");
        let stored = all.get(&title_key(title)).and_then(|item| records::title(item).ok());
        must(said, stored.is_some_and(|title| place(&title.fields) == *key), || {
            format!("{key:?} is no title's")
        });
        return;
    }
    let title = records::title(item).expect("a title");
    let lock = all.get(&place(&title.fields)).and_then(|lock| title_of(lock).ok());
    must(said, lock == Some(title.id), || format!("title {} has no place", title.id));
    let postings = crate::postings::keys(title.id, &title.fields);
    for posting in postings.iter().filter(|posting| !all.contains_key(*posting)) {
        said.push(format!("title {} is not found by {posting:?}", title.id));
    }
}

fn of_entries(all: &All, key: &Key, item: &Item, counted: &mut Counted, said: &mut Vec<String>) {
    let part = key.part.as_deref().expect("a part");
    if part == "walk" || part == "review" {
        let (title, user) = (title_of(item).expect("a title"), user_of(item).expect("a person"));
        let kind = if part == "walk" { Kind::Walk } else { Kind::Review };
        let entry = all.get(&kind.key(title, user)).and_then(|entry| text(entry, "entry").ok());
        let own = entry.is_some_and(|id| key.id == format!("{part}#{id}"));
        must(said, own, || format!("{key:?} leads nowhere"));
        return;
    }
    let title = TitleId::new(key.id.parse().expect("a title's id"));
    must(said, all.contains_key(&title_key(title)), || format!("{key:?} is of no title"));
    let Ok(user) = user_of(item) else { return };
    must(said, all.contains_key(&user_key(user)), || format!("{key:?} is of nobody"));
    let by = match part.split('#').next() {
        Some("walk") => Counts::walk(1),
        Some("review") => Counts::review(1, records::review(item).expect("a review").rating),
        _ => Counts::change(1),
    };
    if let Some(kind) = part.split('#').next().filter(|kind| *kind != "change") {
        let kind = if kind == "walk" { Kind::Walk } else { Kind::Review };
        let id = text(item, "entry").expect("an id");
        must(said, all.contains_key(&kind.pointer(id)), || format!("nothing leads to {key:?}"));
        counted.add(title_key(title), by);
    }
    counted.add(user_key(user), by);
}

fn of_search(all: &All, item: &Item, said: &mut Vec<String>) {
    let title = crate::postings::title(item).expect("a title");
    must(said, all.contains_key(&title_key(title)), || format!("a word of no title: {title}"));
}

/// What titles and people should count.
#[derive(Default)]
struct Counted(HashMap<Key, Counts>);

impl Counted {
    fn add(&mut self, key: Key, by: Counts) {
        let counts = self.0.entry(key).or_default();
        *counts = counts.plus(by);
    }

    fn compare(mut self, all: &All, said: &mut Vec<String>) {
        let titles: HashSet<_> = all.keys().filter(|key| key.table == Table::Titles).collect();
        for (key, item) in all.iter().filter(|(key, _)| !key.id.starts_with("place#")) {
            let is_person = key.table == Table::Users && key.id.starts_with("user#");
            if !is_person && !titles.contains(key) {
                continue;
            }
            let true_counts = self.0.remove(key).unwrap_or_default();
            let stored = if is_person { counts::read(item).expect("counts") } else { of_title(item) };
            must(said, stored == true_counts, || format!("{key:?} counts {stored:?}, not {true_counts:?}"));
            if !is_person {
                let id = TitleId::new(key.id.parse().expect("a title's id"));
                let order = rating_order(Average::of(true_counts.marks, true_counts.reviews), id);
                let place = text(item, "rating_order").expect("a place");
                must(said, place == order, || format!("title {id} stands at {place}, not at {order}"));
            }
        }
    }
}

fn of_title(item: &Item) -> Counts {
    let (marks, reviews) = marks(item).expect("marks");
    let walks = records::title(item).expect("a title").walks_count.into();
    Counts { walks, reviews, marks, changes: 0 }
}
