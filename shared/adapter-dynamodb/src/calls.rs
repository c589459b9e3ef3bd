//! The calls to the service, each with its failures told apart and its capacity counted.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, DeleteRequest, KeysAndAttributes, PutRequest, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure, WriteRequest,
};
use futures::future::try_join_all;

use crate::DynamoDb;
use crate::dynamo::pause;
use crate::failure::{Answer, Failure};
use crate::item::{Item, Key};
use crate::tables::Table;
use crate::write::{What, Write};

/// What came of a transaction.
pub(crate) enum Committed {
    /// All of it.
    Done,
    /// Nothing. For each action whose condition failed, what was there instead.
    Refused(Vec<Option<Option<Item>>>),
}

impl Committed {
    /// What was there, where the condition of the n-th action failed on an item.
    pub(crate) fn found(&self, action: usize) -> Option<&Item> {
        let Self::Refused(reasons) = self else { return None };
        reasons.get(action)?.as_ref()?.as_ref()
    }

    /// Whether the condition of the n-th action failed.
    pub(crate) fn refused(&self, action: usize) -> bool {
        let Self::Refused(reasons) = self else { return false };
        reasons.get(action).is_some_and(Option::is_some)
    }

    /// Whether it was done; where it was not, somebody was faster.
    pub(crate) fn or_overtaken(self) -> Answer<()> {
        match self {
            Self::Done => Ok(()),
            Self::Refused(_) => Err(Failure::Overtaken),
        }
    }
}

/// What came of a change.
pub(crate) enum Updated {
    /// It is made; the item before, or after.
    Done(Item),
    /// The condition failed; what was there.
    Refused(Option<Item>),
}

/// Which version of an item an update gives.
#[derive(Clone, Copy)]
pub(crate) enum Gives {
    Before,
    After,
}

/// As many keys as one call reads, and as many items as one call writes.
const READ_AT_ONCE: usize = 100;
const WRITE_AT_ONCE: usize = 25;

fn malformed(error: BuildError) -> Failure {
    Failure::Down(error.to_string())
}

impl DynamoDb {
    fn metering(&self) -> Option<ReturnConsumedCapacity> {
        self.0.meter.as_ref().map(|_| ReturnConsumedCapacity::Total)
    }

    /// An item, as it is now.
    pub(crate) async fn get(&self, key: &Key) -> Answer<Option<Item>> {
        let call = self.0.client.get_item().table_name(self.table(key.table)).consistent_read(true);
        let call = call.set_key(Some(key.attributes())).set_return_consumed_capacity(self.metering());
        let answer = call.send().await.map_err(|error| Failure::of(&error))?;
        if let Some(meter) = &self.0.meter {
            meter.read(&answer.consumed_capacity);
        }
        Ok(answer.item)
    }

    /// Those of the items that are there, in no order; `now` where a write must be seen.
    pub(crate) async fn get_all(&self, keys: &[Key], now: bool) -> Answer<HashMap<Key, Item>> {
        let chunks = keys.chunks(READ_AT_ONCE).map(|keys| self.get_chunk(keys, now));
        let chunks = try_join_all(chunks).await?;
        Ok(chunks.into_iter().flatten().collect())
    }

    async fn get_chunk(&self, keys: &[Key], now: bool) -> Answer<Vec<(Key, Item)>> {
        let mut wanted: HashMap<String, KeysAndAttributes> = HashMap::new();
        for key in keys {
            let new = KeysAndAttributes::builder().consistent_read(now);
            let of_table =
                wanted.remove(&self.table(key.table)).map(|before| new.clone().set_keys(Some(before.keys)));
            let of_table = of_table.unwrap_or(new).keys(key.attributes()).build().map_err(malformed)?;
            wanted.insert(self.table(key.table), of_table);
        }
        let mut found = Vec::new();
        for tries in 0.. {
            let call = self.0.client.batch_get_item().set_request_items(Some(wanted));
            let call = call.set_return_consumed_capacity(self.metering());
            let answer = call.send().await.map_err(|error| Failure::of(&error))?;
            if let Some(meter) = &self.0.meter {
                meter.read(answer.consumed_capacity());
            }
            for (name, items) in answer.responses.unwrap_or_default() {
                let table = keys.iter().map(|key| key.table).find(|table| self.table(*table) == name);
                let table = table.ok_or_else(|| Failure::Stored(name.clone()))?;
                for item in items {
                    found.push((Key::of_item(table, &item)?, item));
                }
            }
            wanted = answer.unprocessed_keys.unwrap_or_default();
            if wanted.is_empty() {
                break;
            }
            tokio::time::sleep(pause(tries)).await;
        }
        Ok(found)
    }

    /// Changes one item.
    pub(crate) async fn update(&self, write: &Write, gives: Gives) -> Answer<Updated> {
        let What::Update(key, expression) = &write.what else {
            return Err(Failure::Down("no update".to_owned()));
        };
        let call =
            self.0.client.update_item().table_name(self.table(key.table)).set_key(Some(key.attributes()));
        let answer = call
            .update_expression(expression)
            .set_condition_expression(write.condition.clone())
            .set_expression_attribute_names(write.names())
            .set_expression_attribute_values(write.values())
            .return_values(match gives {
                Gives::Before => ReturnValue::AllOld,
                Gives::After => ReturnValue::AllNew,
            })
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.metering())
            .send()
            .await;
        match answer {
            Ok(answer) => {
                if let Some(meter) = &self.0.meter {
                    meter.write(&answer.consumed_capacity);
                }
                Ok(Updated::Done(answer.attributes.unwrap_or_default()))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Updated::Refused(refused.item.clone()))
                }
                _ => Err(Failure::of(&error)),
            },
        }
    }

    /// Writes all of it or nothing.
    pub(crate) async fn transact(&self, writes: &[Write]) -> Answer<Committed> {
        let actions = writes.iter().map(|write| write.action(&self.table(write.table)));
        let actions = actions.collect::<Result<Vec<_>, _>>().map_err(malformed)?;
        let call = self.0.client.transact_write_items().set_transact_items(Some(actions));
        let error = match call.set_return_consumed_capacity(self.metering()).send().await {
            Ok(answer) => {
                if let Some(meter) = &self.0.meter {
                    meter.write(answer.consumed_capacity());
                }
                return Ok(Committed::Done);
            }
            Err(error) => error,
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error()
        else {
            return Err(Failure::of(&error));
        };
        let mut refused = Vec::new();
        for reason in canceled.cancellation_reasons() {
            match reason.code() {
                None | Some("None") => refused.push(None),
                Some("ConditionalCheckFailed") => refused.push(Some(reason.item.clone())),
                Some(
                    code @ ("TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"),
                ) => {
                    return Err(Failure::Busy(code.to_owned()));
                }
                Some(code) => return Err(Failure::Down(code.to_owned())),
            }
        }
        Ok(Committed::Refused(refused))
    }

    /// Removes items, each for itself; those that are not there are no fault.
    pub(crate) async fn remove_all(&self, keys: impl IntoIterator<Item = Key>) -> Answer<()> {
        let requests = keys.into_iter().map(|key| {
            let delete =
                DeleteRequest::builder().set_key(Some(key.attributes())).build().map_err(malformed)?;
            Ok((self.table(key.table), WriteRequest::builder().delete_request(delete).build()))
        });
        self.write_all(requests.collect::<Answer<_>>()?).await
    }

    /// Puts items, each for itself.
    pub(crate) async fn put_all(&self, items: impl IntoIterator<Item = (Table, Item)>) -> Answer<()> {
        let requests = items.into_iter().map(|(table, item)| {
            let put = PutRequest::builder().set_item(Some(item)).build().map_err(malformed)?;
            Ok((self.table(table), WriteRequest::builder().put_request(put).build()))
        });
        self.write_all(requests.collect::<Answer<_>>()?).await
    }

    async fn write_all(&self, requests: Vec<(String, WriteRequest)>) -> Answer<()> {
        for chunk in requests.chunks(WRITE_AT_ONCE) {
            let mut wanted: HashMap<String, Vec<WriteRequest>> = HashMap::new();
            for (table, request) in chunk {
                wanted.entry(table.clone()).or_default().push(request.clone());
            }
            for tries in 0.. {
                let call = self.0.client.batch_write_item().set_request_items(Some(wanted));
                let call = call.set_return_consumed_capacity(self.metering());
                let answer = call.send().await.map_err(|error| Failure::of(&error))?;
                if let Some(meter) = &self.0.meter {
                    meter.write(answer.consumed_capacity());
                }
                wanted = answer.unprocessed_items.unwrap_or_default();
                if wanted.is_empty() {
                    break;
                }
                tokio::time::sleep(pause(tries)).await;
            }
        }
        Ok(())
    }

    /// One call of a query: items in their order, and whether and where there are more.
    pub(crate) async fn query(
        &self,
        lookup: &crate::lookup::Lookup,
        limit: i32,
        start: Option<Item>,
    ) -> Answer<(Vec<Item>, Option<Item>)> {
        let mut values: HashMap<String, AttributeValue> = HashMap::new();
        let condition = lookup.condition(&mut values);
        let call = self.0.client.query().table_name(self.table(lookup.table));
        let call = call.set_index_name(lookup.index.map(|index| index.name.to_owned()));
        let call = call.key_condition_expression(condition).set_expression_attribute_values(Some(values));
        let call = call.expression_attribute_names("#collection", lookup.collection_name());
        let call = call.expression_attribute_names("#order", lookup.order_name());
        let call = call.scan_index_forward(lookup.ascending).consistent_read(lookup.now).limit(limit);
        let call = call.set_exclusive_start_key(start).set_return_consumed_capacity(self.metering());
        let answer = call.send().await.map_err(|error| Failure::of(&error))?;
        if let Some(meter) = &self.0.meter {
            meter.read(&answer.consumed_capacity);
        }
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.filter(|key| !key.is_empty())))
    }
}
