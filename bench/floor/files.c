// The system calls of a durable save and nothing else: one thread, no JavaScript, no checks, no index.
//
//   files DIRECTORY WAY    then, on standard input: SAVES_TOGETHER MILLISECONDS
//                          answers:                 SAVES MICROSECONDS P50_US P90_US P99_US P999_US MAX_US
//
// WAY journal: new files without a name are written, one block run of the journal is written and
// flushed, then the files get their names. What it reaches, no library that leaves a durable file
// per document can pass on one thread.
// WAY unflushed: each file is written under a temporary name and renamed. Nothing is flushed, so
// nothing is durable: it is what the file system takes for the files alone.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { kDocumentBytes = 1113, kPrompts = 64, kTogetherMax = 1024, kLatenciesMax = 1 << 20 };
static const off_t kJournalBytes = 16 << 20;

static char content[kTogetherMax * kDocumentBytes + 4096];
static int prompts[kPrompts];
static int journal, lock_file;
static off_t journal_end;
static long saved;
static double latencies[kLatenciesMax];

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int must(int result, const char* what) {
  if (result >= 0) return result;
  perror(what);
  exit(1);
}

static void must_write(int file, size_t bytes, off_t offset) {
  if (pwrite(file, content, bytes, offset) == (ssize_t)bytes) return;
  perror("pwrite");
  exit(1);
}

static void prepare(const char* directory) {
  must(chdir(directory), "chdir");
  memset(content, 'x', sizeof content);
  for (int at = 0; at < kPrompts; at++) {
    char name[32];
    snprintf(name, sizeof name, "prompt-%02d", at);
    must(mkdir(name, 0700), "mkdir");
    prompts[at] = must(open(name, O_RDONLY | O_DIRECTORY), name);
  }
  lock_file = must(open("lock", O_RDWR | O_CREAT, 0600), "lock");
  journal = must(open("journal", O_RDWR | O_CREAT, 0600), "journal");
  for (off_t at = 0; at < kJournalBytes; at += 1 << 16) must_write(journal, 1 << 16, at);
  must(fsync(journal), "fsync");
}

static int prompt_of(int at) { return prompts[(saved + at) % kPrompts]; }

static void name_of(int at, char name[32]) {
  snprintf(name, 32, "1.0.%ld.json", (saved + at) / kPrompts);
}

static void save_journaled(int together) {
  int files[kTogetherMax];
  for (int at = 0; at < together; at++) {
    files[at] = must(openat(prompt_of(at), ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600), "O_TMPFILE");
    must_write(files[at], kDocumentBytes, 0);
  }
  must(flock(lock_file, LOCK_EX), "flock");
  const size_t frame = ((size_t)together * kDocumentBytes + 4095) & ~(size_t)4095;
  if (journal_end + (off_t)frame > kJournalBytes) journal_end = 0;
  must_write(journal, frame, journal_end);
  journal_end += (off_t)frame;
  must(fdatasync(journal), "fdatasync");
  for (int at = 0; at < together; at++) {
    char descriptor[32];
    char name[32];
    snprintf(descriptor, sizeof descriptor, "/proc/self/fd/%d", files[at]);
    name_of(at, name);
    must(linkat(AT_FDCWD, descriptor, prompt_of(at), name, AT_SYMLINK_FOLLOW), "linkat");
    close(files[at]);
  }
  must(flock(lock_file, LOCK_UN), "flock");
  saved += together;
}

static void save_unflushed(int together) {
  for (int at = 0; at < together; at++) {
    const int parent = prompt_of(at);
    const int file = must(openat(parent, ".tmp", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), "open");
    must_write(file, kDocumentBytes, 0);
    must(close(file), "close");
    char name[32];
    name_of(at, name);
    must(renameat(parent, ".tmp", parent, name), "rename");
  }
  saved += together;
}

static int by_size(const void* left, const void* right) {
  const double a = *(const double*)left;
  const double b = *(const double*)right;
  return (a > b) - (a < b);
}

static double quantile(size_t count, double part) {
  const size_t at = (size_t)((double)count * part);
  return latencies[at < count ? at : count - 1];
}

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const int journaled = strcmp(arguments[2], "journal") == 0;
  if (!journaled && strcmp(arguments[2], "unflushed") != 0) return 2;
  prepare(arguments[1]);
  int together;
  double milliseconds;
  while (scanf("%d %lf", &together, &milliseconds) == 2) {
    if (together < 1 || together > kTogetherMax) return 2;
    const double begin = now_us();
    double end = begin;
    size_t rounds = 0;
    while (end - begin < milliseconds * 1e3 && rounds < kLatenciesMax) {
      if (journaled) save_journaled(together);
      else save_unflushed(together);
      const double after = now_us();
      latencies[rounds++] = after - end;
      end = after;
    }
    qsort(latencies, rounds, sizeof *latencies, by_size);
    printf("%zu %.0f %.1f %.1f %.1f %.1f %.1f\n", rounds * (size_t)together, end - begin,
           quantile(rounds, 0.5), quantile(rounds, 0.9), quantile(rounds, 0.99),
           quantile(rounds, 0.999), quantile(rounds, 1));
    fflush(stdout);
  }
  return 0;
}
