use ports::ProfilePatch;

use super::World;

/// What the store held and how many letters had gone at a moment.
pub struct Untouched<'a> {
    world: &'a World,
    records: Vec<String>,
    letters: usize,
}

impl World {
    /// Remembers what there is, to show later that a refusal left it alone.
    pub async fn untouched(&self) -> Untouched<'_> {
        Untouched { world: self, records: self.store.records().await, letters: self.letters.count() }
    }
}

impl Untouched<'_> {
    /// Nothing was written and nothing mailed since.
    pub async fn check(&self) {
        let records = self.world.store.records().await;
        let new: Vec<_> = records.iter().filter(|record| !self.records.contains(record)).collect();
        assert!(new.is_empty(), "something was written: {new:?}");
        assert_eq!(records.len(), self.records.len(), "something was removed");
        assert_eq!(self.world.letters.count(), self.letters, "something was mailed");
    }
}

#[tokio::test]
#[should_panic(expected = "something was written")]
async fn one_changed_value_is_noticed() {
    let world = World::new().await;
    let anna = world.person("anna").await;
    let untouched = world.untouched().await;
    let patch =
        ProfilePatch { about: Some("x".to_owned().try_into().expect("a text")), ..ProfilePatch::default() };
    world.users.change_profile(anna.id.parse().expect("an id"), patch).await.expect("a change");
    untouched.check().await;
}
