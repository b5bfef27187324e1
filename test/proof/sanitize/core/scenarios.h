#ifndef HOLDFAST_TEST_SCENARIOS_H_
#define HOLDFAST_TEST_SCENARIOS_H_

#include <cstdint>
#include <string>

namespace holdfast::test {

// Each returns the exit code: 0 when all was as it should be.
int RunThreads(const std::string& directory, double seconds, uint64_t seed);
int RunMemory(const std::string& directory);

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_SCENARIOS_H_
