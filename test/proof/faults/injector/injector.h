// What is to become of a call, and the log of it.
#ifndef HOLDFAST_TEST_INJECTOR_H_
#define HOLDFAST_TEST_INJECTOR_H_

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum action { PASS, FAIL, SHORTEN };

struct fate {
  enum action action;
  int error;
};

// The fate of a call on a path below a directory's descriptor, or on a descriptor; hangs in it.
struct fate fate_at(const char* call, int at, const char* path);
struct fate fate_of(const char* call, int fd);

// Whether the call fails; errno says with what.
int fails(struct fate fate);
// How many bytes a call may take.
size_t shortened(struct fate fate, size_t length);
void note_flush(const char* call, int fd, int result);

#endif
