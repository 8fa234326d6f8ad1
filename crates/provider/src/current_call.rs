//! The call that each thread of this library polls. The host logs it if the process ends during the call.
//!
//! The host reads this while the process crashes. The reading side therefore takes no lock and allocates nothing.

use std::{
    cell::RefCell,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// The number of recorded threads. The host cannot name the calls of further threads.
const THREADS: usize = 512;

/// The number of recorded provider names. A provider that is made again takes no further place.
const PROVIDERS: usize = 64;

macro_rules! operations {
    ($($variant:ident $name:literal,)*) => {
        /// An operation that runs author code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Operation { $($variant,)* }

        impl Operation {
            const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name of the method in the trait.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

operations! {
    Init "init",
    Upload "upload",
    Replace "replace",
    Delete "delete",
    Open "open",
    Head "head",
    Health "health",
    IsPrivate "is_private",
    CheckFileSize "check_file_size",
    GetSignedUrls "get_signed_urls",
    Key "key",
    Extension "extension",
    Shutdown "shutdown",
    Drop "drop",
}

static SLOTS: [Slot; THREADS] = [const { Slot { thread: AtomicU32::new(0), label: AtomicU32::new(0) } }; THREADS];

static NAMES: [OnceLock<Arc<str>>; PROVIDERS] = [const { OnceLock::new() }; PROVIDERS];

/// A thread, and the label of the call that it polls. 0 stands for none.
struct Slot {
    thread: AtomicU32,
    label: AtomicU32,
}

/// A provider's name, and its number in the table of names.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) name: Arc<str>,
    number: u32,
}

impl Identity {
    pub(crate) fn new(name: &str) -> Self {
        let at = NAMES.iter().position(|known| **known.get_or_init(|| Arc::from(name)) == *name);
        Self { name: Arc::from(name), number: at.and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX >> 8) }
    }
}

/// A provider and an operation in one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(u32);

impl Label {
    pub(crate) fn new(provider: &Identity, operation: Operation) -> Self {
        Self((provider.number << 8) | (operation as u32 + 1))
    }

    fn operation(self) -> &'static str {
        let at = (self.0 & 0xff).checked_sub(1).map(|at| at as usize);
        at.and_then(|at| Operation::ALL.get(at)).map_or("?", |operation| operation.name())
    }

    /// Marks the call as polled by this thread until the guard is dropped.
    pub(crate) fn enter(self) -> Labelled {
        Labelled(exchange(self.0))
    }

    /// The label of the call that this thread polls now.
    pub(crate) fn here() -> Option<Self> {
        let label = SLOT.try_with(|slot| {
            let slot = slot.borrow();
            let slot = slot.as_ref().filter(|slot| slot.0.thread.load(Ordering::Relaxed) != 0)?;
            Some(slot.0.label.load(Ordering::Relaxed)).filter(|label| *label != 0)
        });
        label.ok().flatten().map(Self)
    }
}

/// Restores the previous label of the thread when dropped.
pub(crate) struct Labelled(u32);

impl Drop for Labelled {
    fn drop(&mut self) {
        exchange(self.0);
    }
}

/// Writes the method and the provider of the call that `thread` polls into `text`, as far as there is room. Returns the
/// number of bytes, which is 0 for a thread that polls no call.
pub(crate) fn describe(thread: u32, text: &mut [u8]) -> usize {
    let Some(slot) = SLOTS.iter().find(|slot| slot.thread.load(Ordering::Relaxed) == thread) else { return 0 };
    let label = slot.label.load(Ordering::Relaxed);
    if label == 0 {
        return 0;
    }
    let provider = NAMES.get((label >> 8) as usize).and_then(OnceLock::get).map_or("?", |name| name);
    let mut length = 0;
    for part in ["`", Label(label).operation(), "` of the provider `", provider, "`"] {
        let some = part.len().min(text.len() - length);
        text[length..length + some].copy_from_slice(&part.as_bytes()[..some]);
        length += some;
    }
    length
}

fn exchange(label: u32) -> u32 {
    let before = SLOT.try_with(|slot| {
        let mut slot = slot.borrow_mut();
        let slot = slot.get_or_insert_with(Owned::take);
        slot.0.label.swap(label, Ordering::Relaxed)
    });
    before.unwrap_or(0)
}

thread_local! {
    static SLOT: RefCell<Option<Owned>> = const { RefCell::new(None) };
}

/// The slot of this thread, until the thread ends.
struct Owned(&'static Slot);

impl Owned {
    fn take() -> Self {
        /// The slot of threads that have no number or found no free slot. No reader finds it.
        static SPARE: Slot = Slot { thread: AtomicU32::new(0), label: AtomicU32::new(0) };

        let number = thread_number();
        let free = SLOTS.iter().find(|slot| {
            number != 0 && slot.thread.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        });
        Self(free.unwrap_or(&SPARE))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // `exit` destroys the thread's values before it runs exit handlers. These ask for the call that ended the
        // process, so the slot of a running call stays.
        if self.0.label.load(Ordering::Relaxed) == 0 {
            self.0.thread.store(0, Ordering::Relaxed);
        }
    }
}

/// The kernel's id of this thread. 0 if `/proc` cannot be read.
fn thread_number() -> u32 {
    let link = std::fs::read_link("/proc/thread-self").unwrap_or_default();
    link.file_name().and_then(|number| number.to_str()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described() -> String {
        let mut text = [0; 128];
        let length = describe(thread_number(), &mut text);
        String::from_utf8(text[..length].to_vec()).unwrap()
    }

    #[test]
    fn the_innermost_call_of_a_thread_is_described() {
        assert_eq!(described(), "");
        let upload = Label::new(&Identity::new("outer"), Operation::Upload);
        let outer = upload.enter();
        let inner = Label::new(&Identity::new("inner"), Operation::Drop).enter();
        assert_eq!(described(), "`drop` of the provider `inner`");
        drop(inner);
        assert_eq!(described(), "`upload` of the provider `outer`");
        assert_eq!(Label::here(), Some(upload));
        drop(outer);
        assert_eq!((described().as_str(), Label::here()), ("", None));
    }

    #[test]
    fn a_description_is_cut_where_there_is_no_room() {
        let _inside = Label::new(&Identity::new("outer"), Operation::Upload).enter();
        assert_eq!(describe(thread_number(), &mut [0; 5]), 5);
        assert_eq!(describe(u32::MAX, &mut [0; 5]), 0);
    }
}
