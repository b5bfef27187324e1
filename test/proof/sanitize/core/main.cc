// The addon's core as a program: the same objects as in the addon, without Node.
//
//   core threads <directory> <seconds> <seed>   everything from several threads at once
//   core memory <directory>                     every allocation fails once
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "scenarios.h"

int main(int count, char** given) {
  if (count == 5 && std::strcmp(given[1], "threads") == 0)
    return holdfast::test::RunThreads(given[2], std::atof(given[3]),
                                      std::strtoull(given[4], nullptr, 10));
  if (count == 3 && std::strcmp(given[1], "memory") == 0)
    return holdfast::test::RunMemory(given[2]);
  std::fprintf(stderr,
               "usage: core threads <directory> <seconds> <seed> | core memory <directory>\n");
  return 2;
}
