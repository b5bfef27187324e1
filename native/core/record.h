// Transaction records, as src/format/record.ts describes them.
#ifndef HOLDFAST_RECORD_H_
#define HOLDFAST_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace holdfast {

constexpr size_t kRecordHeaderBytes = 8;
constexpr size_t kOperationHeaderBytes = 8;
constexpr size_t kExternalHeaderBytes = 40;
constexpr uint8_t kFlagExternal = 1;
constexpr uint8_t kFlagExpected = 2;
constexpr uint8_t kFlagAbsent = 4;
constexpr size_t kExpectedHeaderBytes = 4;

// A check is a condition alone: a request has it, the journal does not.
enum class OperationKind : uint8_t { kCreate = 1, kReplace = 2, kRemove = 3, kCheck = 4 };

// One change of one path. `content` and `expected` point into the parsed bytes.
struct Operation {
  OperationKind kind = OperationKind::kCreate;
  bool external = false;
  bool absent = false;  // of a check: nothing may be there
  std::string path;
  const uint8_t* content = nullptr;
  size_t bytes = 0;
  // What the file must hold; none when null. A remove and a check have it as their content.
  const uint8_t* expected = nullptr;
  size_t expected_bytes = 0;
  // Its place in the parsed bytes, and its length.
  size_t offset = 0;
  size_t length = 0;
};

struct Transaction {
  size_t offset = 0;  // of its record in the parsed bytes
  size_t bytes = 0;
  std::vector<Operation> operations;

  // As the journal has it: without its checks.
  size_t journaled_bytes() const;
  // Returns the end of what was written.
  uint8_t* CopyJournaled(const uint8_t* records, uint8_t* out) const;
};

struct External {
  uint64_t bytes = 0;
  std::string staged_path;
};

enum class Checks { kAccept, kRefuse };

// False for anything an encoder would not write, unsafe paths included.
bool ParseRecords(const uint8_t* bytes, size_t length, Checks checks,
                  std::vector<Transaction>* out);
bool ParseExternal(const Operation& operation, External* out);

}  // namespace holdfast

#endif  // HOLDFAST_RECORD_H_
