// Makes allocations of this thread fail.
#ifndef HOLDFAST_TEST_ALLOCATIONS_H_
#define HOLDFAST_TEST_ALLOCATIONS_H_

#include <cstdint>

namespace holdfast::test {

// While one lives, the n-th allocation of this thread fails (from 1), and with `ever` all after it.
class FailingAllocation {
 public:
  FailingAllocation(uint64_t nth, bool ever);
  ~FailingAllocation();
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  // How many there have been, the failed ones included.
  static uint64_t Count();
};

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_ALLOCATIONS_H_
