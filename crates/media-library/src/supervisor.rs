//! Background tasks: each is restarted when it ends by a panic, and its state can be read.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// The pause after the first panic of a task. The pause doubles with every panic that follows soon.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Runs background tasks. A clone is the same supervisor.
#[derive(Clone, Debug)]
pub struct Supervisor {
    tasks: Arc<Mutex<Vec<TaskStatus>>>,
    stop: CancellationToken,
}

/// The status of a background task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStatus {
    /// The name of the task.
    pub name: &'static str,
    /// Its state.
    pub state: TaskState,
    /// How often it was restarted.
    pub restarts: u64,
}

/// The state of a background task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// The task is at work.
    Running,
    /// The task has panicked. It is restarted after a pause.
    Restarting,
    /// The task has returned, or the supervisor was stopped.
    Ended,
}

impl Supervisor {
    /// A supervisor whose tasks are dropped once `stop` is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self { tasks: Arc::default(), stop }
    }

    /// Starts a task. `make` makes its future, again after each panic. The handle ends with the task.
    pub fn run<F>(&self, name: &'static str, make: impl Fn() -> F + Send + 'static) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let index = self.add(name);
        let supervisor = self.clone();
        tokio::spawn(async move {
            let stop = supervisor.stop.clone();
            stop.run_until_cancelled(supervisor.keep_running(index, name, make)).await;
            supervisor.tasks()[index].state = TaskState::Ended;
        })
    }

    /// The tasks in the order in which they were started.
    pub fn status(&self) -> Vec<TaskStatus> {
        self.tasks().clone()
    }

    /// The name of a task that has panicked and waits for its restart.
    pub fn failing(&self) -> Option<&'static str> {
        self.tasks().iter().find(|task| task.state == TaskState::Restarting).map(|task| task.name)
    }

    async fn keep_running<F>(&self, index: usize, name: &'static str, make: impl Fn() -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            let begun = Instant::now();
            // A set aborts its task when it is dropped.
            let mut task = JoinSet::new();
            task.spawn(make());
            match task.join_next().await {
                Some(Err(error)) if error.is_panic() => {}
                _ => return,
            }
            if begun.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            tracing::error!(task = name, ?pause, "a background task panicked and will be restarted");
            self.tasks()[index].state = TaskState::Restarting;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            let mut tasks = self.tasks();
            tasks[index].state = TaskState::Running;
            tasks[index].restarts += 1;
        }
    }

    fn add(&self, name: &'static str) -> usize {
        let mut tasks = self.tasks();
        tasks.push(TaskStatus { name, state: TaskState::Running, restarts: 0 });
        tasks.len() - 1
    }

    fn tasks(&self) -> MutexGuard<'_, Vec<TaskStatus>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_restarted_and_its_state_is_seen() {
        let supervisor = Supervisor::new(CancellationToken::new());
        let runs = Arc::new(AtomicU32::new(0));
        let counted = runs.clone();
        let task = supervisor.run("fragile", move || {
            let run = counted.fetch_add(1, Ordering::Relaxed);
            async move { assert!(run > 0, "the first run panics") }
        });
        while supervisor.failing().is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(supervisor.failing(), Some("fragile"));
        task.await.unwrap();
        assert_eq!(supervisor.status(), [TaskStatus { name: "fragile", state: TaskState::Ended, restarts: 1 }]);
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_stopped_supervisor_drops_its_tasks() {
        let stop = CancellationToken::new();
        let supervisor = Supervisor::new(stop.clone());
        let alive = Arc::new(());
        let kept = alive.clone();
        let task = supervisor.run("endless", move || {
            let kept = kept.clone();
            async move {
                std::future::pending::<()>().await;
                drop(kept);
            }
        });
        stop.cancel();
        task.await.unwrap();
        assert_eq!(supervisor.status()[0].state, TaskState::Ended);
    }
}
