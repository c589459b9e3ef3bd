use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use crate::item::{Item, Key};
use crate::tables::Table;

/// One item's change, with the condition on which it is made. In expressions an attribute is written `#name`.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) table: Table,
    pub(crate) what: What,
    pub(crate) condition: Option<String>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Put(Item),
    Update(Key, String),
    Delete(Key),
}

impl Write {
    fn new(table: Table, what: What) -> Self {
        Self { table, what, condition: None, values: HashMap::new() }
    }

    /// Puts an item in the place of whatever has its key.
    pub(crate) fn put(table: Table, item: Item) -> Self {
        Self::new(table, What::Put(item))
    }

    /// Changes attributes of an item; without a condition it is made where there is none.
    pub(crate) fn update(key: Key, expression: impl Into<String>) -> Self {
        Self::new(key.table, What::Update(key, expression.into()))
    }

    /// Removes an item.
    pub(crate) fn delete(key: Key) -> Self {
        Self::new(key.table, What::Delete(key))
    }

    /// On this condition alone.
    pub(crate) fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// Only where nothing has the key.
    pub(crate) fn new_only(self) -> Self {
        self.when("attribute_not_exists(#id)")
    }

    /// What a `:name` of the expressions means.
    pub(crate) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// The attributes that the expressions name.
    pub(crate) fn names(&self) -> Option<HashMap<String, String>> {
        let update = if let What::Update(_, expression) = &self.what { expression } else { "" };
        let names = names(update).chain(names(self.condition.as_deref().unwrap_or_default()));
        let names: HashMap<_, _> = names.map(|name| (format!("#{name}"), name.to_owned())).collect();
        (!names.is_empty()).then_some(names)
    }

    /// The values, if there are any.
    pub(crate) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    /// As an action of a transaction, which shows what was there when its condition fails.
    pub(crate) fn action(&self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let (names, values) = (self.names(), self.values());
        let condition = self.condition.clone();
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let action = TransactWriteItem::builder();
        Ok(match &self.what {
            What::Put(item) => {
                let put = Put::builder().table_name(table).set_item(Some(item.clone()));
                let put = put.set_condition_expression(condition).set_expression_attribute_names(names);
                let put = put.set_expression_attribute_values(values);
                action.put(put.return_values_on_condition_check_failure(old).build()?)
            }
            What::Update(key, expression) => {
                let update = Update::builder().table_name(table).set_key(Some(key.attributes()));
                let update = update.update_expression(expression).set_condition_expression(condition);
                let update =
                    update.set_expression_attribute_names(names).set_expression_attribute_values(values);
                action.update(update.return_values_on_condition_check_failure(old).build()?)
            }
            What::Delete(key) => {
                let delete = Delete::builder().table_name(table).set_key(Some(key.attributes()));
                let delete = delete.set_condition_expression(condition).set_expression_attribute_names(names);
                let delete = delete.set_expression_attribute_values(values);
                action.delete(delete.return_values_on_condition_check_failure(old).build()?)
            }
        }
        .build())
    }
}

/// The `#name`s of an expression. All attributes are named so: many a plain word is reserved.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    expression.split('#').skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.split_at(end).0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_of_an_expression_is_named() {
        let found: Vec<_> = names("SET #role = :role, #last_used_at=:at REMOVE #x").collect();
        assert_eq!(found, ["role", "last_used_at", "x"]);
        assert_eq!(names(":a = :b").count(), 0);
    }
}
