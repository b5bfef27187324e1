// A failing disk for one process, preloaded before libc: flushes and renames that hang or fail on demand.
//
// The file named by HOLDFAST_FAULTS holds one rule a line, read again at each call, so that a test can
// change its mind while the process runs:
//
//   CALL ACTION [SKIP] [COUNT] [MATCH]
//
// CALL: fdatasync fsync syncfs linkat renameat renameat2 unlinkat pwrite.
// ACTION: the name of an error, or "hang": until the rule is gone. SKIP calls go through first, then
// COUNT fail (-1: all of them, which is the default). MATCH: a part of the path; without, any path.
// A new file begins to count anew.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RULES_MAX = 16, POLL_US = 5000 };

struct rule {
  char call[16];
  char action[16];
  long skip;
  long count;
  char match[128];
  long seen;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[RULES_MAX];
static int rule_count;
static struct stat loaded;

static void load(const char *path) {
  struct stat now;
  if (stat(path, &now) != 0) {
    rule_count = 0;
    memset(&loaded, 0, sizeof loaded);
    return;
  }
  // Written under another name and renamed: a new file is another inode or another time.
  if (now.st_ino == loaded.st_ino && now.st_mtim.tv_sec == loaded.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == loaded.st_mtim.tv_nsec)
    return;
  FILE *file = fopen(path, "re");
  if (file == NULL) return;
  char line[256];
  rule_count = 0;
  while (rule_count < RULES_MAX && fgets(line, sizeof line, file) != NULL) {
    struct rule next = {.count = -1};
    if (sscanf(line, "%15s %15s %ld %ld %127s", next.call, next.action, &next.skip, &next.count,
               next.match) >= 2)
      rules[rule_count++] = next;
  }
  fclose(file);
  loaded = now;
}

static int number_of(const char *name) {
  static const struct {
    const char *name;
    int number;
  } known[] = {{"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EROFS", EROFS},   {"EDQUOT", EDQUOT},
               {"EACCES", EACCES}, {"EMFILE", EMFILE}, {"EMLINK", EMLINK}, {"ENOMEM", ENOMEM}};
  for (size_t at = 0; at < sizeof known / sizeof known[0]; at++)
    if (strcmp(known[at].name, name) == 0) return known[at].number;
  abort();  // a rule that nobody understands must not pass for a disk that works
}

// -1: hang. 0: go on. Else the error.
static int verdict(const char *call, const char *path, int count_it) {
  const char *control = getenv("HOLDFAST_FAULTS");
  if (control == NULL) return 0;
  int result = 0;
  pthread_mutex_lock(&mutex);
  load(control);
  for (int at = 0; at < rule_count && result == 0; at++) {
    struct rule *rule = &rules[at];
    if (strcmp(rule->call, call) != 0 || strstr(path, rule->match) == NULL) continue;
    const long place = rule->seen;
    if (count_it) rule->seen++;
    if (strcmp(rule->action, "hang") == 0) {
      if (!count_it || place >= rule->skip) result = -1;
    } else if (count_it && place >= rule->skip &&
               (rule->count < 0 || place < rule->skip + rule->count)) {
      result = number_of(rule->action);
    }
  }
  pthread_mutex_unlock(&mutex);
  return result;
}

static int fails(const char *call, const char *path) {
  int result = verdict(call, path, 1);
  while (result == -1) {
    usleep(POLL_US);
    result = verdict(call, path, 0);
  }
  errno = result;
  return result != 0;
}

static int fails_on(const char *call, int fd) {
  char link[40];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = '\0';
  return fails(call, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fdatasync(int fd) { return fails_on("fdatasync", fd) ? -1 : REAL(fdatasync)(fd); }
int fsync(int fd) { return fails_on("fsync", fd) ? -1 : REAL(fsync)(fd); }
int syncfs(int fd) { return fails_on("syncfs", fd) ? -1 : REAL(syncfs)(fd); }

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return fails_on("pwrite", fd) ? -1 : REAL(pwrite)(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  return fails_on("pwrite", fd) ? -1 : REAL(pwrite64)(fd, bytes, length, offset);
}

int linkat(int from, const char *source, int to, const char *target, int flags) {
  return fails("linkat", target) ? -1 : REAL(linkat)(from, source, to, target, flags);
}

int renameat(int from, const char *source, int to, const char *target) {
  return fails("renameat", target) ? -1 : REAL(renameat)(from, source, to, target);
}

int renameat2(int from, const char *source, int to, const char *target, unsigned int flags) {
  return fails("renameat2", target) ? -1 : REAL(renameat2)(from, source, to, target, flags);
}

int unlinkat(int parent, const char *path, int flags) {
  return fails("unlinkat", path) ? -1 : REAL(unlinkat)(parent, path, flags);
}
