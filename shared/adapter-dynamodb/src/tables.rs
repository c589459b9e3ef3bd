use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableStatus, TimeToLiveSpecification,
};

use crate::failure::{Answer, Failure};

/// A table. Its key is `id`, with `part` beside it where one `id` has several items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Table {
    /// `user#<id>`; the locks `email#<key>` and `username#<key>`, which say whose they are.
    Users,
    /// `session#<id>`: the session, and which tokens it has; `token#<digest>`: the token.
    Sessions,
    /// A title by its bare id; the lock `place#<type>#<year>#<digest>`, which says whose it is.
    Titles,
    /// What hangs on a title, by its bare id: `walk#<user>`, `review#<user>`, `change#<time>#<id>`. And `walk#<id>`,
    /// `review#<id>`, which say where it is.
    Entries,
    /// `<type>#<letter>`: `<word>#<title>`.
    Search,
    /// Codes and counters.
    Codes,
    /// `alert`: a problem by its fingerprint; `mails`: when operators were mailed; `class`: of what, by
    /// `<function>#<class>`. It serves beside any store, so it is none of [`Table::ALL`].
    Alerts,
}

/// An index: a collection's attribute, and the one that orders it.
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) collection: &'static str,
    pub(crate) order: &'static str,
}

const fn index(name: &'static str, collection: &'static str, order: &'static str) -> Index {
    Index { name, collection, order }
}

pub(crate) const BY_ID: Index = index("by_type_id", "shelf", "id");
pub(crate) const BY_YEAR: Index = index("by_type_year", "shelf", "year_order");
pub(crate) const BY_RATING: Index = index("by_type_rating", "shelf", "rating_order");
pub(crate) const BY_USER: Index = index("by_user", "of_user", "user_order");
pub(crate) const BY_UPDATE: Index = index("by_title_update", "of_title", "title_order");
pub(crate) const BY_MARK: Index = index("by_title_rating", "rated", "mark_order");

impl Table {
    /// The tables of the durable store and of codes.
    pub(crate) const ALL: [Self; 6] =
        [Self::Users, Self::Sessions, Self::Titles, Self::Entries, Self::Search, Self::Codes];

    /// What stands behind the prefix in its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::Titles => "titles",
            Self::Entries => "entries",
            Self::Search => "search",
            Self::Codes => "codes",
            Self::Alerts => "alerts",
        }
    }

    /// Whether its key has a `part`.
    pub(crate) const fn has_parts(self) -> bool {
        matches!(self, Self::Sessions | Self::Entries | Self::Search | Self::Alerts)
    }

    /// Whether its items may go by themselves, at their `ttl`.
    const fn forgets(self) -> bool {
        matches!(self, Self::Sessions | Self::Codes | Self::Alerts)
    }

    const fn indexes(self) -> &'static [Index] {
        match self {
            Self::Titles => &[BY_ID, BY_YEAR, BY_RATING],
            Self::Entries => &[BY_USER, BY_UPDATE, BY_MARK],
            _ => &[],
        }
    }
}

fn key(attribute: &str, kind: KeyType) -> Answer<KeySchemaElement> {
    KeySchemaElement::builder().attribute_name(attribute).key_type(kind).build().map_err(malformed)
}

fn malformed(error: impl std::fmt::Display) -> Failure {
    Failure::Down(error.to_string())
}

fn text_attributes(table: Table) -> Answer<Vec<AttributeDefinition>> {
    let mut names = vec!["id"];
    names.extend(table.has_parts().then_some("part"));
    for index in table.indexes() {
        names.extend([index.collection, index.order]);
    }
    names.sort_unstable();
    names.dedup();
    let text =
        |name| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
    names.into_iter().map(|name| text(name).build().map_err(malformed)).collect()
}

fn secondary(table: Table) -> Answer<Vec<GlobalSecondaryIndex>> {
    let all = || Projection::builder().projection_type(ProjectionType::All).build();
    table
        .indexes()
        .iter()
        .map(|index| {
            GlobalSecondaryIndex::builder()
                .index_name(index.name)
                .key_schema(key(index.collection, KeyType::Hash)?)
                .key_schema(key(index.order, KeyType::Range)?)
                .projection(all())
                .build()
                .map_err(malformed)
        })
        .collect()
}

/// Makes a table, unless it is there, and waits until it may be used.
pub(crate) async fn make(client: &Client, name: &str, table: Table) -> Answer<()> {
    if !is_ready(client, name).await? {
        let indexes = secondary(table)?;
        let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        request = request.set_attribute_definitions(Some(text_attributes(table)?));
        request = request.key_schema(key("id", KeyType::Hash)?);
        if table.has_parts() {
            request = request.key_schema(key("part", KeyType::Range)?);
        }
        request = request.set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes));
        if let Err(error) = request.send().await {
            let made = error.as_service_error().is_some_and(|error| error.is_resource_in_use_exception());
            // Somebody else makes it at this moment.
            if !made {
                return Err(Failure::of(&error));
            }
        }
        while !is_ready(client, name).await? {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }
    if table.forgets() { forget(client, name).await } else { Ok(()) }
}

async fn is_ready(client: &Client, name: &str) -> Answer<bool> {
    match client.describe_table().table_name(name).send().await {
        Ok(answer) => {
            let status = answer.table.and_then(|table| table.table_status);
            Ok(matches!(status, Some(TableStatus::Active | TableStatus::Updating)))
        }
        Err(error)
            if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
        {
            Ok(false)
        }
        Err(error) => Err(Failure::of(&error)),
    }
}

/// Lets items go at their `ttl`, which a table is told once.
async fn forget(client: &Client, name: &str) -> Answer<()> {
    let told = client.describe_time_to_live().table_name(name).send().await;
    let told = told.map_err(|error| Failure::of(&error))?.time_to_live_description;
    if told.is_some_and(|told| told.attribute_name.is_some()) {
        return Ok(());
    }
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("ttl").build();
    let request = client.update_time_to_live().table_name(name);
    let request = request.time_to_live_specification(ttl.map_err(malformed)?);
    request.send().await.map(drop).map_err(|error| Failure::of(&error))
}
