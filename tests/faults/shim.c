/*
 * Stands between a program and the C library (LD_PRELOAD), counts the calls that use files below one folder, and disturbs one of them.
 *
 * Counted are open, read, write, sync, truncate, rename, link, unlink, mkdir and chmod, in all their forms that Rust's standard
 * library calls. Not counted are stat, seek, directory listings and close, which change nothing on a disk, and flock, which the library
 * calls without the C library and whose effect ends with the process. copy_file_range and sendfile are refused, so that the caller
 * copies with read and write, which are counted.
 *
 * Environment:
 *   FAULTS_ROOT     the folder; nothing outside of it is counted or disturbed
 *   FAULTS_JOURNAL  a file, to which each counted call is appended after it was done, and each write to standard output
 *   FAULTS_HOW      what happens at the call with the number FAULTS_AT, from 1:
 *                     kill     SIGKILL before it
 *                     tear     a write does half of its bytes, then SIGKILL
 *                     full     a write does half of its bytes; from then on nothing can be written or made: ENOSPC
 *                     nospace  it fails with ENOSPC, and later ones do not
 *                     error    it fails with EIO, and later ones do not
 *                     hold     SIGSTOP before it
 *
 * An entry of the journal is a line of fields, separated by tabs, and for writes the bytes that were written:
 *   number, call, result, descriptor, offset, path, second path
 *
 * For one thread, and systems where long has 64 bits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, ENTRY = 3 * PATH_MAX };

static const char *root;
static size_t root_length;
static const char *how = "";
static long at;
static long count;
static int is_full;
static int journal = -1;
static char is_below[DESCRIPTORS];

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("FAULTS_AT"), *name = getenv("FAULTS_HOW"), *path = getenv("FAULTS_JOURNAL");
    root = getenv("FAULTS_ROOT");
    if (root == NULL || path == NULL) { return; }
    root_length = strlen(root);
    how = name == NULL ? "" : name;
    at = number == NULL ? 0 : atol(number);
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* The absolute form of a path, when it is below the folder; otherwise NULL. */
static const char *below(int folder, const char *path, char *absolute) {
    if (journal < 0 || path == NULL) { return NULL; }
    if (path[0] == '/') {
        snprintf(absolute, PATH_MAX, "%s", path);
    } else {
        char current[PATH_MAX];
        if (folder != AT_FDCWD || syscall(SYS_getcwd, current, sizeof current) < 0) { return NULL; }
        snprintf(absolute, PATH_MAX, "%.2000s/%.2000s", current, path);
    }
    int is_root = strncmp(absolute, root, root_length) == 0 && (absolute[root_length] == '/' || absolute[root_length] == '\0');
    return is_root ? absolute : NULL;
}

static int is_counted(int fd) { return journal >= 0 && fd >= 0 && fd < DESCRIPTORS && is_below[fd]; }

static void append(const void *bytes, size_t length) {
    while (length > 0) {
        long written = syscall(SYS_write, journal, bytes, length);
        if (written <= 0) { abort(); }
        bytes = (const char *)bytes + written;
        length -= (size_t)written;
    }
}

static void entry(long number, const char *call, long result, int fd, long offset, const char *path, const char *other) {
    int error = errno;
    char line[ENTRY];
    int length = snprintf(line, sizeof line, "%ld\t%s\t%ld\t%d\t%ld\t%s\t%s\n", number, call, result, fd, offset, path, other);
    append(line, (size_t)length);
    errno = error;
}

enum { GOES_ON, FAILS, HALF };

/* Counts a call, and says what is to become of it. `allocates`: whether it needs room. */
static int step(int is_write, int allocates) {
    count += 1;
    if (is_full && allocates) { errno = ENOSPC; return FAILS; }
    if (count != at) { return GOES_ON; }
    if (strcmp(how, "kill") == 0) { raise(SIGKILL); }
    if (strcmp(how, "hold") == 0) { raise(SIGSTOP); }
    if (strcmp(how, "tear") == 0) { if (is_write) { return HALF; } raise(SIGKILL); }
    if (strcmp(how, "nospace") == 0) { errno = ENOSPC; return FAILS; }
    if (strcmp(how, "error") == 0) { errno = EIO; return FAILS; }
    if (strcmp(how, "full") == 0) {
        is_full = 1;
        if (is_write) { return HALF; }
        if (allocates) { errno = ENOSPC; return FAILS; }
    }
    return GOES_ON;
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char absolute[PATH_MAX];
    if (below(folder, path, absolute) == NULL) { return (int)syscall(SYS_openat, folder, path, flags, mode); }
    int is_new = (flags & O_CREAT) != 0 && syscall(SYS_faccessat, folder, path, F_OK) != 0;
    errno = 0;
    const char *call = is_new ? "create" : (flags & O_TRUNC) != 0 ? "empty" : "open";
    if (step(0, is_new) == FAILS) { entry(count, call, -1, -1, 0, absolute, ""); return -1; }
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= DESCRIPTORS) { abort(); }
    if (fd >= 0) { is_below[fd] = 1; }
    entry(count, call, fd, fd, 0, absolute, "");
    return fd;
}

static mode_t mode_of(int flags, va_list list) { return (flags & O_CREAT) != 0 ? (mode_t)va_arg(list, int) : 0; }

#define OPEN(name)                                                  \
    int name(const char *path, int flags, ...) {                    \
        va_list list;                                               \
        va_start(list, flags);                                      \
        mode_t mode = mode_of(flags, list);                         \
        va_end(list);                                               \
        return opened(AT_FDCWD, path, flags, mode);                 \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                \
    int name(int folder, const char *path, int flags, ...) {        \
        va_list list;                                               \
        va_start(list, flags);                                      \
        mode_t mode = mode_of(flags, list);                         \
        va_end(list);                                               \
        return opened(folder, path, flags, mode);                   \
    }
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

int close(int fd) {
    if (is_counted(fd)) {
        is_below[fd] = 0;
        entry(0, "close", 0, fd, 0, "", "");
    }
    return (int)syscall(SYS_close, fd);
}

ssize_t read(int fd, void *bytes, size_t length) {
    if (is_counted(fd) && step(0, 0) == FAILS) { entry(count, "read", -1, fd, 0, "", ""); return -1; }
    long done = syscall(SYS_read, fd, bytes, length);
    if (is_counted(fd)) { entry(count, "read", done, fd, 0, "", ""); }
    return done;
}

/* `offset` is where the bytes go, or -1 for where the file stands. */
static ssize_t written(int fd, const void *bytes, size_t length, long offset) {
    if (journal >= 0 && fd == STDOUT_FILENO) {
        long done = syscall(SYS_write, fd, bytes, length);
        entry(0, "said", done, fd, 0, "", "");
        if (done > 0) { append(bytes, (size_t)done); }
        return done;
    }
    if (!is_counted(fd)) {
        return offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
    }
    long flags = syscall(SYS_fcntl, fd, F_GETFL);
    long begins = (flags & O_APPEND) != 0 ? lseek(fd, 0, SEEK_END) : offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset;
    int is_torn = strcmp(how, "tear") == 0;
    int next = step(length > 1, 1);
    if (next == FAILS) { entry(count, "write", -1, fd, begins, "", ""); return -1; }
    if (next == HALF) { length /= 2; }
    long done = offset < 0 ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, offset);
    entry(count, "write", done, fd, begins, "", "");
    if (done > 0) { append(bytes, (size_t)done); }
    if (next == HALF && is_torn) { raise(SIGKILL); }
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return written(fd, bytes, length, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return written(fd, bytes, length, offset); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) { return written(fd, bytes, length, offset); }

/* A write may do less than it is asked for, so the first part that is not empty is enough. */
ssize_t writev(int fd, const struct iovec *parts, int number) {
    if (!is_counted(fd) && fd != STDOUT_FILENO) { return syscall(SYS_writev, fd, parts, number); }
    for (int n = 0; n < number; n += 1) {
        if (parts[n].iov_len > 0) { return written(fd, parts[n].iov_base, parts[n].iov_len, -1); }
    }
    return 0;
}

static int on_descriptor(const char *call, int fd, long argument, long number) {
    if (is_counted(fd) && step(0, 0) == FAILS) { entry(count, call, -1, fd, argument, "", ""); return -1; }
    int done = (int)syscall(number, fd, argument);
    if (is_counted(fd)) { entry(count, call, done, fd, argument, "", ""); }
    return done;
}

int fsync(int fd) { return on_descriptor("sync", fd, 0, SYS_fsync); }
int fdatasync(int fd) { return on_descriptor("sync", fd, 0, SYS_fdatasync); }
int ftruncate(int fd, off_t length) { return on_descriptor("truncate", fd, length, SYS_ftruncate); }
int ftruncate64(int fd, off64_t length) { return on_descriptor("truncate", fd, length, SYS_ftruncate); }
int fchmod(int fd, mode_t mode) { return on_descriptor("chmod", fd, (long)mode, SYS_fchmod); }

/* Calls on names. Those that make a name need room. */
#define NAMED(call, folder, path, allocates, done)                                                            \
    char absolute[PATH_MAX];                                                                                  \
    if (below(folder, path, absolute) == NULL) { return (int)(done); }                                        \
    if (step(0, allocates) == FAILS) { entry(count, call, -1, -1, 0, absolute, ""); return -1; }              \
    int result = (int)(done);                                                                                 \
    entry(count, call, result, -1, 0, absolute, "");                                                          \
    return result

int mkdir(const char *path, mode_t mode) { NAMED("mkdir", AT_FDCWD, path, 1, syscall(SYS_mkdirat, AT_FDCWD, path, mode)); }
int mkdirat(int folder, const char *path, mode_t mode) { NAMED("mkdir", folder, path, 1, syscall(SYS_mkdirat, folder, path, mode)); }
int unlink(const char *path) { NAMED("unlink", AT_FDCWD, path, 0, syscall(SYS_unlinkat, AT_FDCWD, path, 0)); }
int rmdir(const char *path) { NAMED("unlink", AT_FDCWD, path, 0, syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR)); }
int unlinkat(int folder, const char *path, int flags) { NAMED("unlink", folder, path, 0, syscall(SYS_unlinkat, folder, path, flags)); }

#define NAMED_TWICE(call, from_folder, from, to_folder, to, done)                                             \
    char absolute[PATH_MAX], other[PATH_MAX];                                                                 \
    if (below(to_folder, to, other) == NULL || below(from_folder, from, absolute) == NULL) { return (int)(done); } \
    if (step(0, 1) == FAILS) { entry(count, call, -1, -1, 0, absolute, other); return -1; }                   \
    int result = (int)(done);                                                                                 \
    entry(count, call, result, -1, 0, absolute, other);                                                       \
    return result

int rename(const char *from, const char *to) {
    NAMED_TWICE("rename", AT_FDCWD, from, AT_FDCWD, to, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    NAMED_TWICE("rename", from_folder, from, to_folder, to, syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    NAMED_TWICE("rename", from_folder, from, to_folder, to, syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}
int link(const char *from, const char *to) {
    NAMED_TWICE("link", AT_FDCWD, from, AT_FDCWD, to, syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    NAMED_TWICE("link", from_folder, from, to_folder, to, syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
}

static ssize_t refused(void) { errno = ENOSYS; return -1; }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
    (void)in, (void)from, (void)out, (void)to, (void)length, (void)flags;
    return refused();
}
ssize_t sendfile(int out, int in, off_t *offset, size_t length) { (void)out, (void)in, (void)offset, (void)length; return refused(); }
ssize_t sendfile64(int out, int in, off64_t *offset, size_t length) { (void)out, (void)in, (void)offset, (void)length; return refused(); }
