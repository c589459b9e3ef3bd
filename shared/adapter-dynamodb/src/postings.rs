//! The words by whose beginnings a title is found.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use models::{TitleFields, TitleId, TitleType};

use crate::DynamoDb;
use crate::calls::Committed;
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key, text, texts};
use crate::tables::Table;
use crate::write::Write;

/// As many actions as one transaction has.
const MOST_ACTIONS: usize = 100;

/// The collection of the words that begin with the same letter as this one, of titles of one type.
pub(crate) fn collection(kind: TitleType, word: &str) -> String {
    let letter = word.chars().next().map(String::from).unwrap_or_default();
    format!("{}#{letter}", kind.number())
}

fn key(id: TitleId, kind: TitleType, word: &str) -> Key {
    Key::part(Table::Search, collection(kind, word), format!("{word}#{id}"))
}

fn words(fields: &TitleFields) -> BTreeSet<String> {
    fields.name.words().into_iter().collect()
}

/// Where a title's words are.
pub(crate) fn keys(id: TitleId, fields: &TitleFields) -> Vec<Key> {
    words(fields).iter().map(|word| key(id, fields.kind, word)).collect()
}

/// A title's words, each with all of them, by which it is filtered.
fn items(id: TitleId, fields: &TitleFields) -> Vec<(Key, Item)> {
    let words = words(fields);
    let all = AttributeValue::Ss(words.iter().cloned().collect());
    let item = |key: Key| (key.clone(), key.item([("words", all.clone())]));
    words.iter().map(|word| item(key(id, fields.kind, word))).collect()
}

/// The title that a word leads to.
pub(crate) fn title(posting: &Item) -> Answer<TitleId> {
    let id = text(posting, "part")?.rsplit('#').next().and_then(|id| id.parse().ok());
    id.ok_or_else(|| Failure::Stored("part".to_owned()))
}

/// All words of the title that a word leads to.
pub(crate) fn all_words(posting: &Item) -> &[String] {
    texts(posting, "words")
}

/// What becomes of the words of a title that is added or changed.
#[derive(Default)]
pub(crate) struct Rewording {
    puts: Vec<(Key, Item)>,
    deletes: Vec<Key>,
    /// Whether nobody else can have put the same.
    of_new: bool,
}

impl Rewording {
    pub(crate) fn of_new(id: TitleId, fields: &TitleFields) -> Self {
        Self { puts: items(id, fields), deletes: Vec::new(), of_new: true }
    }

    pub(crate) fn between(id: TitleId, before: &TitleFields, after: &TitleFields) -> Self {
        if before.kind == after.kind && words(before) == words(after) {
            return Self::default();
        }
        let kept = keys(id, after);
        let deletes = keys(id, before).into_iter().filter(|key| !kept.contains(key)).collect();
        Self { puts: items(id, after), deletes, of_new: false }
    }
}

fn put((_, item): (Key, Item)) -> Write {
    Write::put(Table::Search, item)
}

impl DynamoDb {
    /// Writes a title's change with its words. More words than a transaction holds are put before it, or removed after
    /// it, each for itself: a search looks every title up, so that a word too many finds nothing that it should not.
    pub(crate) async fn transact_reworded(
        &self,
        mut writes: Vec<Write>,
        rewording: Rewording,
    ) -> Answer<Committed> {
        let Rewording { mut puts, mut deletes, of_new } = rewording;
        let room = MOST_ACTIONS - writes.len();
        let before = puts.split_off(room.min(puts.len()));
        let after = deletes.split_off((room - puts.len()).min(deletes.len()));
        let early: Vec<_> = before.iter().map(|(key, _)| key.clone()).collect();
        self.put_all(before.into_iter().map(|(key, item)| (key.table, item))).await?;
        writes.extend(puts.into_iter().map(put));
        writes.extend(deletes.into_iter().map(Write::delete));
        let committed = self.transact(&writes).await?;
        match &committed {
            Committed::Done => self.remove_all(after).await?,
            Committed::Refused(_) if of_new => self.remove_all(early).await?,
            Committed::Refused(_) => {}
        }
        Ok(committed)
    }
}
