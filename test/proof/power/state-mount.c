// Mounts one disk image after another, as cheaply as it goes. `WORK` is the file behind a loop device, `REFERENCE` what
// it has to be before the next crash state is made of it. Obeys lines on the standard input and answers each with one
// line, `ok` or `error ERRNO`:
//
//   mount TYPE OPTIONS   mounts the loop device ('-' for no options)
//   umount               takes it away again
//   restore              makes WORK equal to REFERENCE: what a recovery has changed is a few pages of it
//   shutdown FLAGS       FS_IOC_SHUTDOWN of what is mounted: the power cut that a file system offers itself
//
//   state-mount DEVICE MOUNTPOINT WORK REFERENCE
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FS_IOC_SHUTDOWN _IOR('X', 125, uint32_t)

enum { PAGE = 4096, CHUNK = 64 * PAGE, BUSY_TRIES = 2000 };

static const char* device;
static const char* mount_point;
static int work;
static int reference;

static int Mount(const char* type, char* options) {
  // What libmount would split off: flags of the mount, not of the file system.
  unsigned long flags = MS_NOATIME;
  const char* data = strcmp(options, "-") == 0 ? "" : options;
  return mount(device, mount_point, type, flags, data) == 0 ? 0 : errno;
}

/** btrfs remembers the devices that it has seen, and takes a state that is older for a fault. */
static void ForgetBtrfs(void) {
  int control = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return;
  struct btrfs_ioctl_vol_args arguments = {0};
  strncpy(arguments.name, device, sizeof arguments.name - 1);
  ioctl(control, BTRFS_IOC_FORGET_DEV, &arguments);
  close(control);
}

static int Unmount(void) {
  for (int tries = 0; umount2(mount_point, 0) != 0; tries++) {
    if (errno != EBUSY || tries == BUSY_TRIES) return errno;
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
  }
  ForgetBtrfs();
  return 0;
}

static int Shutdown(uint32_t flags) {
  int root = open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return errno;
  int status = ioctl(root, FS_IOC_SHUTDOWN, &flags) == 0 ? 0 : errno;
  close(root);
  return status;
}

/** The first byte at or after `offset` that is no hole; `end` when there is none. */
static off_t NextData(int file, off_t offset, off_t end) {
  off_t found = lseek(file, offset, SEEK_DATA);
  return found < 0 ? end : found;
}

static int RestoreChunk(off_t offset) {
  static char is[CHUNK], should[CHUNK];
  ssize_t count = pread(reference, should, CHUNK, offset);
  if (count < 0 || pread(work, is, CHUNK, offset) != count) return errno != 0 ? errno : EIO;
  for (ssize_t at = 0; at < count; at += PAGE) {
    if (memcmp(is + at, should + at, PAGE) == 0) continue;
    if (pwrite(work, should + at, PAGE, offset + at) != PAGE) return errno;
  }
  return 0;
}

static int Restore(void) {
  off_t end = lseek(reference, 0, SEEK_END);
  for (off_t at = 0; at < end; at += CHUNK) {
    off_t left = NextData(work, at, end), right = NextData(reference, at, end);
    at = (left < right ? left : right) / CHUNK * CHUNK;
    if (at >= end) return 0;
    int status = RestoreChunk(at);
    if (status != 0) return status;
  }
  return 0;
}

static int Obey(char* line) {
  const char* command = strtok(line, " \n");
  if (command == NULL) return EINVAL;
  if (strcmp(command, "umount") == 0) return Unmount();
  if (strcmp(command, "restore") == 0) return Restore();
  char* first = strtok(NULL, " \n");
  if (first == NULL) return EINVAL;
  if (strcmp(command, "shutdown") == 0) return Shutdown((uint32_t)strtoul(first, NULL, 10));
  char* options = strtok(NULL, " \n");
  if (strcmp(command, "mount") != 0 || options == NULL) return EINVAL;
  return Mount(first, options);
}

int main(int count, char** arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: state-mount DEVICE MOUNTPOINT WORK REFERENCE\n");
    return 2;
  }
  device = arguments[1];
  mount_point = arguments[2];
  work = open(arguments[3], O_RDWR | O_CLOEXEC);
  reference = open(arguments[4], O_RDONLY | O_CLOEXEC);
  if (work < 0 || reference < 0) {
    perror("state-mount");
    return 1;
  }
  char line[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    int status = Obey(line);
    if (status == 0) printf("ok\n");
    else printf("error %d\n", status);
    fflush(stdout);
  }
  // The parent is gone: leave nothing mounted.
  umount2(mount_point, MNT_DETACH);
  return 0;
}
