// A failing disk for one process, preloaded before libc: calls that fail, are cut short or hang on
// demand.
//
// The file named by HOLDFAST_FAULTS holds one rule a line, read again at each call, so that a test
// can change its mind while the process runs:
//
//   CALL ACTION [SKIP] [COUNT] [MATCH]
//
// CALL: a name below that is given to a fate. ACTION: the name of an error; "short": half
// of the bytes; "hang": until the rule is gone; "hang=MS": so long. SKIP calls go through first,
// then COUNT meet the action (-1: all of them, which is the default). MATCH: a part of the whole
// path; without, any path. A new file begins to count anew.
//
// The file named by HOLDFAST_FAULTS_LOG, if any, is told of each call that met its action and of
// each flush: "CALL ACTION FILE PATH", where FILE stays the same for one file and no other ever has
// it.
#include "injector.h"

#include <dirent.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

// The libc function behind one of the same name here, looked up once.
#define REAL(name)                                                       \
  ({                                                                     \
    static __typeof__(&name) real;                                       \
    if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
    real;                                                                \
  })

#define OR_FAIL(call, fd, work) (fails(fate_of(call, fd)) ? -1 : (work))
#define OR_FAIL_AT(call, at, path, work) (fails(fate_at(call, at, path)) ? -1 : (work))

// Opening. The variants for large files are other names of the same functions, and imported as
// such.

static mode_t mode_of(int flags, va_list rest) {
  const int creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return creates ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                                            \
  int name(const char* path, int flags, ...) {                                \
    va_list rest;                                                             \
    va_start(rest, flags);                                                    \
    const mode_t mode = mode_of(flags, rest);                                 \
    va_end(rest);                                                             \
    return OR_FAIL_AT("open", AT_FDCWD, path, REAL(name)(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                          \
  int name(int at, const char* path, int flags, ...) {                        \
    va_list rest;                                                             \
    va_start(rest, flags);                                                    \
    const mode_t mode = mode_of(flags, rest);                                 \
    va_end(rest);                                                             \
    return OR_FAIL_AT("openat", at, path, REAL(name)(at, path, flags, mode)); \
  }
OPENAT(openat)
OPENAT(openat64)

// What older libcs have not is called by its number, and so are some calls of libuv.
long syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  long a[6];
  for (int at = 0; at < 6; at++) a[at] = va_arg(rest, long);
  va_end(rest);
  struct fate fate = {PASS, 0};
  struct iovec part;
  if (number == SYS_preadv2) {
    fate = fate_of("preadv2", (int)a[0]);
    // One part only: that is how it is called.
    part = *(const struct iovec*)a[1];
    part.iov_len = shortened(fate, part.iov_len);
    a[1] = (long)&part;
  }
  if (number == SYS_renameat2) fate = fate_at("renameat2", (int)a[2], (const char*)a[3]);
  if (number == SYS_openat2) fate = fate_at("openat2", (int)a[0], (const char*)a[1]);
  if (number == SYS_statx) fate = fate_at("stat", (int)a[0], (const char*)a[1]);
  if (fails(fate)) return -1;
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int close(int fd) {
  const struct fate fate = fate_of("close", fd);
  // The descriptor is gone whatever close says.
  const int result = REAL(close)(fd);
  return fails(fate) ? -1 : result;
}

// Reading and writing.

#define TRANSFER(name, call, bytes_type, offset_type)                         \
  ssize_t name(int fd, bytes_type bytes, size_t length, offset_type offset) { \
    const struct fate fate = fate_of(call, fd);                               \
    if (fails(fate)) return -1;                                               \
    return REAL(name)(fd, bytes, shortened(fate, length), offset);            \
  }
TRANSFER(pread, "pread", void*, off_t)
TRANSFER(pread64, "pread", void*, off64_t)
TRANSFER(pwrite, "pwrite", const void*, off_t)
TRANSFER(pwrite64, "pwrite", const void*, off64_t)

ssize_t read(int fd, void* bytes, size_t length) {
  const struct fate fate = fate_of("read", fd);
  return fails(fate) ? -1 : REAL(read)(fd, bytes, shortened(fate, length));
}

ssize_t write(int fd, const void* bytes, size_t length) {
  const struct fate fate = fate_of("write", fd);
  return fails(fate) ? -1 : REAL(write)(fd, bytes, shortened(fate, length));
}

// Flushing: told to the log however it ends, since a file whose flush failed must not be flushed
// again.

#define FLUSH(name)                           \
  int name(int fd) {                          \
    if (fails(fate_of(#name, fd))) return -1; \
    const int result = REAL(name)(fd);        \
    note_flush(#name, fd, result);            \
    return result;                            \
  }
FLUSH(fdatasync)
FLUSH(fsync)
FLUSH(syncfs)

// Names.

int linkat(int from, const char* source, int to, const char* target, int flags) {
  return OR_FAIL_AT("linkat", to, target, REAL(linkat)(from, source, to, target, flags));
}

int link(const char* source, const char* target) {
  return OR_FAIL_AT("link", AT_FDCWD, target, REAL(link)(source, target));
}

int renameat(int from, const char* source, int to, const char* target) {
  return OR_FAIL_AT("renameat", to, target, REAL(renameat)(from, source, to, target));
}

int rename(const char* source, const char* target) {
  return OR_FAIL_AT("rename", AT_FDCWD, target, REAL(rename)(source, target));
}

int unlinkat(int at, const char* path, int flags) {
  const char* call = (flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlinkat";
  return OR_FAIL_AT(call, at, path, REAL(unlinkat)(at, path, flags));
}

int unlink(const char* path) { return OR_FAIL_AT("unlink", AT_FDCWD, path, REAL(unlink)(path)); }

int mkdirat(int at, const char* path, mode_t mode) {
  return OR_FAIL_AT("mkdirat", at, path, REAL(mkdirat)(at, path, mode));
}

int mkdir(const char* path, mode_t mode) {
  return OR_FAIL_AT("mkdir", AT_FDCWD, path, REAL(mkdir)(path, mode));
}

int rmdir(const char* path) { return OR_FAIL_AT("rmdir", AT_FDCWD, path, REAL(rmdir)(path)); }

// Asking and setting.

int fstat64(int fd, struct stat64* info) { return OR_FAIL("fstat", fd, REAL(fstat64)(fd, info)); }

int fstatat64(int at, const char* path, struct stat64* info, int flags) {
  return OR_FAIL_AT("fstatat", at, path, REAL(fstatat64)(at, path, info, flags));
}

// What binaries for libcs before 2.33 call instead.
int __fxstat64(int version, int fd, struct stat64* info) {
  (void)version;
  return fstat64(fd, info);
}

int __fxstatat64(int version, int at, const char* path, struct stat64* info, int flags) {
  (void)version;
  return fstatat64(at, path, info, flags);
}

int faccessat(int at, const char* path, int mode, int flags) {
  return OR_FAIL_AT("faccessat", at, path, REAL(faccessat)(at, path, mode, flags));
}

int fchmod(int fd, mode_t mode) { return OR_FAIL("fchmod", fd, REAL(fchmod)(fd, mode)); }

int chmod(const char* path, mode_t mode) {
  return OR_FAIL_AT("chmod", AT_FDCWD, path, REAL(chmod)(path, mode));
}

int fchmodat(int at, const char* path, mode_t mode, int flags) {
  return OR_FAIL_AT("fchmodat", at, path, REAL(fchmodat)(at, path, mode, flags));
}

int fstatfs64(int fd, struct statfs64* info) {
  return OR_FAIL("fstatfs", fd, REAL(fstatfs64)(fd, info));
}

int fstatvfs64(int fd, struct statvfs64* info) {
  return OR_FAIL("fstatvfs", fd, REAL(fstatvfs64)(fd, info));
}

int ftruncate64(int fd, off64_t bytes) {
  return OR_FAIL("ftruncate", fd, REAL(ftruncate64)(fd, bytes));
}

int fallocate64(int fd, int mode, off64_t offset, off64_t bytes) {
  return OR_FAIL("fallocate", fd, REAL(fallocate64)(fd, mode, offset, bytes));
}

int flock(int fd, int operation) {
  const char* call = operation == LOCK_UN ? "unlock" : "flock";
  return OR_FAIL(call, fd, REAL(flock)(fd, operation));
}

void* mmap64(void* where, size_t bytes, int access, int flags, int fd, off64_t offset) {
  if (fd != -1 && fails(fate_of("mmap", fd))) return MAP_FAILED;
  return REAL(mmap64)(where, bytes, access, flags, fd, offset);
}

DIR* fdopendir(int fd) { return fails(fate_of("fdopendir", fd)) ? NULL : REAL(fdopendir)(fd); }

struct dirent64* readdir64(DIR* stream) {
  return fails(fate_of("readdir", dirfd(stream))) ? NULL : REAL(readdir64)(stream);
}
