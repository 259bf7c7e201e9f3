//! A VFS for SQLite that hands everything on to the system's own, and has it recorded.
//!
//! It takes the place of the process's default, so that the storage opens its files as it always does. A folder that nobody records is
//! left alone. Locks, reads, and the shared memory of the WAL go past it: of a file that is recorded it takes four methods (write,
//! truncate, sync, close), and the others stay the system's own.
//!
//! # Invariants
//! - The file object is the system's own, as large as it says and filled by it; only the table of methods that it points to is another.
//!   The system's VFS on Unix never looks at that table (on macOS it does for its proxy locks, which nobody turns on).
//! - Nothing here panics: a panic can't pass through C.
//! - A recorded operation succeeded. SQLite hears of one that failed, and there is nothing to lose.
#![expect(
    unsafe_code,
    reason = "SQLite and a VFS talk through C pointers; nothing else in the simulation does"
)]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rusqlite::ffi::{
    SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_OK, SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_SUPER_JOURNAL,
    SQLITE_OPEN_WAL, sqlite3_file, sqlite3_filename, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs,
    sqlite3_vfs_find, sqlite3_vfs_register,
};

use super::disk::{FileId, Operation};
use super::record::Record;

/// The registered VFS. Its first field is what SQLite knows of it.
#[repr(C)]
struct Shim {
    vfs: sqlite3_vfs,
    base: *mut sqlite3_vfs,
}

/// A recorded file: the table of methods that SQLite calls, which comes first, and what they need.
#[repr(C)]
struct Recorded {
    methods: sqlite3_io_methods,
    base: *const sqlite3_io_methods,
    record: Arc<Record>,
    file: FileId,
    /// Whether its next sync syncs the folder too: the system's VFS does so once for a journal or WAL that it has made.
    syncs_folder: AtomicBool,
}

/// Makes this the VFS of every store that the process opens from now on. Whether SQLite took it.
pub(super) fn install() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        // SAFETY: SQLite initialises itself here; a null name asks for the default.
        let base = unsafe { sqlite3_vfs_find(ptr::null()) };
        if base.is_null() {
            return false;
        }
        // SAFETY: not null, so it is a VFS, and SQLite never takes back its own. The copy keeps `pAppData`, which is all that the functions
        // that are not replaced could read of it.
        let vfs = sqlite3_vfs {
            zName: c"coffer-crash".as_ptr(),
            pNext: ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            ..unsafe { *base }
        };
        let shim = Box::leak(Box::new(Shim { vfs, base }));
        // SAFETY: it is never freed, and a pointer to it is a pointer to its first field.
        unsafe { sqlite3_vfs_register(ptr::from_mut(shim).cast(), 1) == SQLITE_OK }
    })
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over the VFS that was registered, which is the first field of a `Shim`.
    let base = unsafe { (*vfs.cast::<Shim>()).base };
    let open = || {
        // SAFETY: as in `install`.
        let Some(open) = (unsafe { (*base).xOpen }) else { return SQLITE_CANTOPEN };
        // SAFETY: SQLite's own arguments, handed on.
        unsafe { open(base, name, file, flags, flags_out) }
    };
    // SAFETY: null (a file without a name) or a string, as SQLite promises.
    let Some((record, name)) = unsafe { path(name) }.and_then(Record::of) else { return open() };
    let opened = record.alone(|log| {
        record.look_around(log);
        let was_there = log.file(&name).is_some();
        let code = open();
        record.look_around(log);
        (code, log.file(&name), was_there)
    });
    let (SQLITE_OK, Some(id), was_there) = opened else { return opened.0 };
    let journal = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL) != 0;
    // SAFETY: the file has just been opened, so it points to the methods of its VFS, which live as long as the program.
    let base = unsafe { (*file).pMethods };
    let recorded = Box::new(Recorded {
        // SAFETY: as above.
        methods: sqlite3_io_methods {
            xClose: Some(close),
            xWrite: Some(write),
            xTruncate: Some(truncate),
            xSync: Some(sync),
            ..unsafe { *base }
        },
        base,
        record: Arc::clone(&record),
        file: id,
        syncs_folder: AtomicBool::new(journal && !was_there),
    });
    // SAFETY: the file is SQLite's and open. `close` takes the box back.
    unsafe { (*file).pMethods = Box::into_raw(recorded).cast() };
    SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: as in `open`.
    let base = unsafe { (*vfs.cast::<Shim>()).base };
    let delete = || {
        // SAFETY: as in `install`.
        let Some(delete) = (unsafe { (*base).xDelete }) else { return SQLITE_IOERR };
        // SAFETY: SQLite's own arguments, handed on.
        unsafe { delete(base, name, sync_folder) }
    };
    // SAFETY: as in `open`.
    let Some((record, _)) = unsafe { path(name) }.and_then(Record::of) else { return delete() };
    record.alone(|log| {
        record.look_around(log);
        let code = delete();
        record.look_around(log);
        if code == SQLITE_OK && sync_folder != 0 {
            log.push(Operation::SyncFolder);
        }
        code
    })
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    data: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: only files that `open` has set up have this method.
    let (recorded, base) = unsafe { both(file) };
    let (Some(write), Ok(length_), Ok(at_)) = (base.xWrite, usize::try_from(length), usize::try_from(at))
    else {
        return SQLITE_IOERR;
    };
    recorded.record.alone(|log| {
        // SAFETY: SQLite's own arguments, handed on.
        let code = unsafe { write(file, data, length, at) };
        if code == SQLITE_OK {
            // SAFETY: SQLite has so many bytes there, and waits for the answer.
            let bytes = unsafe { slice::from_raw_parts(data.cast::<u8>(), length_) };
            log.push(Operation::Write { file: recorded.file, at: at_, bytes: Arc::from(bytes) });
        }
        code
    })
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    // SAFETY: as in `write`.
    let (recorded, base) = unsafe { both(file) };
    let (Some(truncate), Ok(length_)) = (base.xTruncate, usize::try_from(length)) else {
        return SQLITE_IOERR;
    };
    recorded.record.alone(|log| {
        // SAFETY: SQLite's own arguments, handed on.
        let code = unsafe { truncate(file, length) };
        if code == SQLITE_OK {
            log.push(Operation::Truncate { file: recorded.file, length: length_ });
        }
        code
    })
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as in `write`.
    let (recorded, base) = unsafe { both(file) };
    let Some(sync) = base.xSync else { return SQLITE_IOERR };
    recorded.record.alone(|log| {
        // SAFETY: SQLite's own arguments, handed on.
        let code = unsafe { sync(file, flags) };
        if code == SQLITE_OK {
            log.push(Operation::Sync { file: recorded.file });
            if recorded.syncs_folder.swap(false, Ordering::Relaxed) {
                log.push(Operation::SyncFolder);
            }
        }
        code
    })
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `write`; the box is the one that `open` let go of, and nobody finds it there afterwards.
    let recorded = unsafe { Box::from_raw((*file).pMethods.cast::<Recorded>().cast_mut()) };
    // SAFETY: the file is still SQLite's, and gets back what its VFS had given it.
    unsafe { (*file).pMethods = recorded.base };
    // SAFETY: as in `open`.
    match unsafe { (*recorded.base).xClose } {
        // SAFETY: SQLite's own argument, handed on.
        Some(close) => unsafe { close(file) },
        None => SQLITE_IOERR,
    }
}

/// What belongs to a recorded file, and its VFS's own methods.
///
/// # Safety
/// `open` has set it up, and it is not closed while the answer is used.
unsafe fn both<'f>(file: *mut sqlite3_file) -> (&'f Recorded, &'f sqlite3_io_methods) {
    // SAFETY: `open` made the table of methods the first field of a `Recorded`, which lives until `close`.
    let recorded = unsafe { &*(*file).pMethods.cast::<Recorded>() };
    // SAFETY: the methods of a VFS live as long as the program.
    (recorded, unsafe { &*recorded.base })
}

/// # Safety
/// The name is null, or a string that outlives the answer.
unsafe fn path<'n>(name: *const c_char) -> Option<&'n Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, so it is a string: see above.
    Some(Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())))
}
