use super::World;

/// What the database held and how many letters had gone at a moment.
pub struct Untouched<'a> {
    world: &'a World,
    rows: i64,
    letters: usize,
}

/// Every row of what people wrote, as one number. Sessions and tokens are left out: they are no records.
const ROWS: &str = "
select coalesce(sum(('x' || substr(md5(row), 1, 12))::bit(48)::bigint), 0)::bigint from (
    select t::text from users t union all select t::text from profiles t
    union all select t::text from titles t union all select t::text from title_words t
    union all select t::text from title_history t
    union all select t::text from walks t union all select t::text from reviews t
) rows (row)";

impl World {
    /// Remembers what there is, to show later that a refusal left it alone.
    pub async fn untouched(&self) -> Untouched<'_> {
        Untouched { world: self, rows: self.db_count(ROWS).await, letters: self.letters.count() }
    }
}

impl Untouched<'_> {
    /// Nothing was written and nothing mailed since.
    pub async fn check(&self) {
        assert_eq!(self.world.db_count(ROWS).await, self.rows, "something was written");
        assert_eq!(self.world.letters.count(), self.letters, "something was mailed");
    }
}

#[tokio::test]
#[should_panic(expected = "something was written")]
async fn one_changed_value_is_noticed() {
    let world = World::new().await;
    world.person("anna").await;
    let untouched = world.untouched().await;
    world.db_run("update profiles set about = 'x'").await;
    untouched.check().await;
}
