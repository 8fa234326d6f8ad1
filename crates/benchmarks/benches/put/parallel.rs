//! Many operations, so many at a time, each on a task: both contenders do it in this way.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;

use crate::CONCURRENCY;

/// Does `work` for each number below `count`.
pub(crate) async fn in_parallel<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    count: usize,
    work: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Vec<T> {
    let (work, next) = (Arc::new(work), Arc::new(AtomicUsize::new(0)));
    let tasks = (0..CONCURRENCY).map(|_| {
        let (work, next) = (Arc::clone(&work), Arc::clone(&next));
        tokio::spawn(async move {
            let mut results = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return results;
                }
                results.push(work(number).await);
            }
        })
    });
    let all = join_all(tasks).await.into_iter().map(|task| task.expect("a task that ends"));
    all.flatten().collect()
}
