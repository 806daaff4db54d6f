//! The bodies of the workloads.

use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize)]
pub struct User {
    pub id: i64,
    pub username: String,
}

#[derive(Serialize, Deserialize)]
pub struct Item {
    sku: String,
    name: String,
    qty: i64,
    price: f64,
}

#[derive(Serialize, Deserialize)]
pub struct Order {
    order_id: String,
    customer_email: String,
    status: String,
    currency: String,
    priority: i64,
    total: f64,
    paid: bool,
    note: String,
    created_at: i64,
    tags: Vec<String>,
    items: Vec<Item>,
}

/// Returns `n` items, those of the function Items in Go.
pub fn items(n: usize) -> Vec<Item> {
    (0..n)
        .map(|i| Item {
            sku: format!("SKU-{:05}", i + 1),
            name: format!("Widget model {}", i + 1),
            qty: ((i + 1) % 7 + 1) as i64,
            price: (995 + 125 * (i % 1000)) as f64 / 100.0,
        })
        .collect()
}

impl Order {
    /// Checks what the tags of the type in Go say.
    pub fn valid(&self) -> bool {
        within(&self.order_id, 1, 32)
            && within(&self.customer_email, 0, 254)
            && self.customer_email.contains('@')
            && matches!(self.status.as_str(), "new" | "paid" | "shipped")
            && within(&self.currency, 3, 3)
            && (0..=10).contains(&self.priority)
            && self.total >= 0.0
            && within(&self.note, 0, 200)
            && self.created_at >= 0
            && self.tags.len() <= 10
            && self.tags.iter().all(|tag| within(tag, 1, 32))
            && (1..=100).contains(&self.items.len())
            && self.items.iter().all(Item::valid)
    }
}

impl Item {
    fn valid(&self) -> bool {
        within(&self.sku, 1, 32)
            && within(&self.name, 1, 64)
            && (1..=1000).contains(&self.qty)
            && self.price >= 0.0
    }
}

/// Reports whether a text has at least `low` and at most `high` characters.
fn within(text: &str, low: usize, high: usize) -> bool {
    let n = if text.len() > high { text.chars().count() } else { text.len() };
    (low..=high).contains(&n)
}
