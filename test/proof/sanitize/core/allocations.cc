#include "allocations.h"

#include <cstdlib>
#include <new>

namespace {

thread_local uint64_t failing = 0;  // 0: none
thread_local bool ever_after = false;
thread_local uint64_t counted = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  if (failing > 0) {
    counted++;
    if (counted == failing || (ever_after && counted > failing)) throw std::bad_alloc();
  }
  void* memory = std::malloc(bytes > 0 ? bytes : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace holdfast::test {

FailingAllocation::FailingAllocation(uint64_t nth, bool ever) {
  counted = 0;
  ever_after = ever;
  failing = nth;
}

FailingAllocation::~FailingAllocation() { failing = 0; }

uint64_t FailingAllocation::Count() { return counted; }

}  // namespace holdfast::test
