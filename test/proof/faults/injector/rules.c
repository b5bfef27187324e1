// Reading the rules, finding the one that fits a call, and the log. See injector.c.
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "injector.h"

enum { RULES_MAX = 16, POLL_US = 2000, PATH_MAX_BYTES = 4096 };

struct rule {
  char call[16];
  char action[16];
  long skip;
  long count;
  char match[256];
  long seen;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[RULES_MAX];
static int rule_count;
static struct stat loaded;

static void load(const char* path) {
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
  FILE* file = fopen(path, "re");
  if (file == NULL) return;
  char line[512];
  rule_count = 0;
  while (rule_count < RULES_MAX && fgets(line, sizeof line, file) != NULL) {
    struct rule next = {.count = -1};
    if (sscanf(line, "%15s %15s %ld %ld %255s", next.call, next.action, &next.skip, &next.count,
               next.match) >= 2)
      rules[rule_count++] = next;
  }
  fclose(file);
  loaded = now;
}

static int number_of(const char* name) {
  static const struct {
    const char* name;
    int number;
  } known[] = {
      {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EROFS", EROFS},   {"EDQUOT", EDQUOT},
      {"EACCES", EACCES}, {"EMFILE", EMFILE}, {"EMLINK", EMLINK}, {"ENOMEM", ENOMEM},
      {"EINTR", EINTR},   {"EPERM", EPERM},   {"EFBIG", EFBIG},   {"ENOLCK", ENOLCK},
      {"ESTALE", ESTALE}, {"EBUSY", EBUSY},   {"EAGAIN", EAGAIN}, {"EEXIST", EEXIST}, {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS}, {"EOPNOTSUPP", EOPNOTSUPP}};
  for (size_t at = 0; at < sizeof known / sizeof known[0]; at++)
    if (strcmp(known[at].name, name) == 0) return known[at].number;
  abort();  // a rule that nobody understands must not pass for a disk that works
}

// Anything but libc's own functions: those may be ours.
static void say(const char* call, const char* action, const char* file, const char* path) {
  const char* log = getenv("HOLDFAST_FAULTS_LOG");
  if (log == NULL) return;
  char line[PATH_MAX_BYTES + 128];
  const int length = snprintf(line, sizeof line, "%s %s %s %s\n", call, action, file, path);
  const int fd = (int)syscall(SYS_open, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd == -1) abort();
  if (syscall(SYS_write, fd, line, (size_t)length) != length) abort();
  syscall(SYS_close, fd);
}

// The number of an inode is given to another file when the first is gone: its birth tells the two
// apart.
static void identity(int fd, char* out, size_t size) {
  struct statx info;
  memset(&info, 0, sizeof info);
  statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &info);
  snprintf(out, size, "%llu@%lld.%09u", (unsigned long long)info.stx_ino,
           (long long)info.stx_btime.tv_sec, info.stx_btime.tv_nsec);
}

// The action that the call meets, or NULL. A call that hangs asks again and again, and counts once.
static const char* verdict(const char* call, const char* path, int count_it, char* action) {
  const char* control = getenv("HOLDFAST_FAULTS");
  if (control == NULL) return NULL;
  const char* result = NULL;
  pthread_mutex_lock(&mutex);
  load(control);
  for (int at = 0; at < rule_count && result == NULL; at++) {
    struct rule* rule = &rules[at];
    if (strcmp(rule->call, call) != 0 || strstr(path, rule->match) == NULL) continue;
    const long place = rule->seen;
    if (count_it)
      rule->seen++;
    else if (strcmp(rule->action, "hang") != 0)
      continue;
    const int due = place >= rule->skip && (rule->count < 0 || place < rule->skip + rule->count);
    if (!count_it || due) result = strcpy(action, rule->action);
  }
  pthread_mutex_unlock(&mutex);
  return result;
}

static int applies(const char* call) {
  const char* control = getenv("HOLDFAST_FAULTS");
  if (control == NULL) return 0;
  int found = 0;
  pthread_mutex_lock(&mutex);
  load(control);
  for (int at = 0; at < rule_count && !found; at++) found = strcmp(rules[at].call, call) == 0;
  pthread_mutex_unlock(&mutex);
  return found;
}

static struct fate decide(const char* call, const char* path, int fd) {
  char action[16];
  char file[64] = "-";
  if (verdict(call, path, 1, action) == NULL) return (struct fate){PASS, 0};
  if (fd >= 0) identity(fd, file, sizeof file);
  say(call, action, file, path);
  if (strcmp(action, "short") == 0) return (struct fate){SHORTEN, 0};
  if (strncmp(action, "hang=", 5) == 0) {
    usleep((useconds_t)atol(action + 5) * 1000);
    return (struct fate){PASS, 0};
  }
  if (strcmp(action, "hang") != 0) return (struct fate){FAIL, number_of(action)};
  while (verdict(call, path, 0, action) != NULL) usleep(POLL_US);
  return (struct fate){PASS, 0};
}

static void path_of(int fd, char* out, size_t size) {
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, out, size - 1);
  out[length < 0 ? 0 : length] = '\0';
}

// Whoever calls readdir() tells the end from a failure by errno: it must come through as it was.
struct fate fate_at(const char* call, int at, const char* path) {
  const int error = errno;
  struct fate fate = {PASS, 0};
  if (applies(call)) {
    char whole[2 * PATH_MAX_BYTES] = "";
    if (path[0] != '/' && at != AT_FDCWD) {
      path_of(at, whole, PATH_MAX_BYTES);
      if (path[0] != '\0') strcat(whole, "/");
    }
    strncat(whole, path, PATH_MAX_BYTES - 1);
    fate = decide(call, whole, -1);
  }
  errno = error;
  return fate;
}

struct fate fate_of(const char* call, int fd) {
  const int error = errno;
  struct fate fate = {PASS, 0};
  if (applies(call)) {
    char path[PATH_MAX_BYTES];
    path_of(fd, path, sizeof path);
    fate = decide(call, path, fd);
  }
  errno = error;
  return fate;
}

int fails(struct fate fate) {
  if (fate.action != FAIL) return 0;
  errno = fate.error;
  return 1;
}

size_t shortened(struct fate fate, size_t length) {
  return fate.action == SHORTEN && length > 1 ? length / 2 : length;
}

void note_flush(const char* call, int fd, int result) {
  if (getenv("HOLDFAST_FAULTS_LOG") == NULL) return;
  const int error = errno;
  char path[PATH_MAX_BYTES];
  char file[64];
  path_of(fd, path, sizeof path);
  identity(fd, file, sizeof file);
  say(call, result == 0 ? "ok" : "failed", file, path);
  errno = error;
}
