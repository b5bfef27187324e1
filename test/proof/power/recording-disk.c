// A disk that remembers: a FUSE file system with two files. `disk` is a block device's worth of bytes, kept in an image
// file; each write and each flush of it is appended to a log, in the order in which they came. What is written to `ctl`
// is appended to the same log as a mark, so that the log says what had been acknowledged at each of its points.
//
//   recording-disk IMAGE LOG MOUNTPOINT -f -s
//
// One thread (-s) serves all requests: the log is in the order of the answers. Its format is in device-log.mjs.
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { RECORD_WRITE = 1, RECORD_FLUSH = 2, RECORD_MARK = 3 };

static const char DISK[] = "/disk";
static const char CTL[] = "/ctl";

static int image;
static int log_file;
static off_t image_bytes;

static int Append(uint32_t kind, off_t offset, const char* bytes, size_t count) {
  struct {
    uint32_t kind;
    uint32_t count;
    uint64_t offset;
  } header = {kind, (uint32_t)count, (uint64_t)offset};
  struct iovec parts[] = {{&header, sizeof header}, {(void*)bytes, count}};
  ssize_t written = writev(log_file, parts, 2);
  if (written == (ssize_t)(sizeof header + count)) return 0;
  // A log with a gap would prove anything.
  fprintf(stderr, "recording-disk: cannot append to the log: %s\n", strerror(errno));
  abort();
}

static int GetAttributes(const char* path, struct stat* out, struct fuse_file_info* info) {
  (void)info;
  memset(out, 0, sizeof *out);
  out->st_nlink = 1;
  if (strcmp(path, "/") == 0) {
    out->st_mode = S_IFDIR | 0700;
    out->st_nlink = 2;
  } else if (strcmp(path, DISK) == 0) {
    out->st_mode = S_IFREG | 0600;
    out->st_size = image_bytes;
  } else if (strcmp(path, CTL) == 0) {
    out->st_mode = S_IFREG | 0600;
  } else {
    return -ENOENT;
  }
  return 0;
}

static int List(const char* path, void* buffer, fuse_fill_dir_t fill, off_t offset,
                struct fuse_file_info* info, enum fuse_readdir_flags flags) {
  (void)path, (void)offset, (void)info, (void)flags;
  fill(buffer, DISK + 1, NULL, 0, 0);
  fill(buffer, CTL + 1, NULL, 0, 0);
  return 0;
}

static int Open(const char* path, struct fuse_file_info* info) {
  if (strcmp(path, DISK) != 0 && strcmp(path, CTL) != 0) return -ENOENT;
  // No page cache in between: what the block layer sends arrives, and it arrives in that order.
  info->direct_io = 1;
  return 0;
}

static int Truncate(const char* path, off_t size, struct fuse_file_info* info) {
  (void)info;
  // A shell's `>` truncates before it writes.
  return strcmp(path, CTL) == 0 && size == 0 ? 0 : -EPERM;
}

static int Read(const char* path, char* out, size_t count, off_t offset,
                struct fuse_file_info* info) {
  (void)info;
  if (strcmp(path, DISK) != 0) return 0;
  ssize_t done = pread(image, out, count, offset);
  return done < 0 ? -errno : (int)done;
}

static int Write(const char* path, const char* bytes, size_t count, off_t offset,
                 struct fuse_file_info* info) {
  (void)info;
  if (strcmp(path, CTL) == 0) {
    Append(RECORD_MARK, 0, bytes, count);
    return (int)count;
  }
  if (offset + (off_t)count > image_bytes) return -ENOSPC;
  ssize_t done = pwrite(image, bytes, count, offset);
  if (done < 0) return -errno;
  Append(RECORD_WRITE, offset, bytes, (size_t)done);
  return (int)done;
}

static int Flush(const char* path, int data_only, struct fuse_file_info* info) {
  (void)data_only, (void)info;
  if (strcmp(path, DISK) == 0) Append(RECORD_FLUSH, 0, NULL, 0);
  return 0;
}

static const struct fuse_operations OPERATIONS = {
    .getattr = GetAttributes,
    .readdir = List,
    .open = Open,
    .truncate = Truncate,
    .read = Read,
    .write = Write,
    .fsync = Flush,
};

int main(int count, char** arguments) {
  if (count < 4) {
    fprintf(stderr, "usage: recording-disk IMAGE LOG MOUNTPOINT [FUSE options]\n");
    return 2;
  }
  image = open(arguments[1], O_RDWR | O_CLOEXEC);
  log_file = open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  struct stat status;
  if (image < 0 || log_file < 0 || fstat(image, &status) != 0) {
    fprintf(stderr, "recording-disk: %s\n", strerror(errno));
    return 1;
  }
  image_bytes = status.st_size;
  arguments[2] = arguments[0];
  return fuse_main(count - 2, arguments + 2, &OPERATIONS, NULL);
}
