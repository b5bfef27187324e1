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
constexpr size_t kExpectedHeaderBytes = 4;

enum class OperationKind : uint8_t { kCreate = 1, kReplace = 2, kRemove = 3 };

// One change of one path. `content` and `expected` point into the parsed bytes.
struct Operation {
  OperationKind kind = OperationKind::kCreate;
  bool external = false;
  std::string path;
  const uint8_t* content = nullptr;
  size_t bytes = 0;
  // What the file must hold; none when null. A remove has it as its content.
  const uint8_t* expected = nullptr;
  size_t expected_bytes = 0;
};

struct Transaction {
  size_t offset = 0;  // of its record in the parsed bytes
  size_t bytes = 0;
  std::vector<Operation> operations;
};

struct External {
  uint64_t bytes = 0;
  std::string staged_path;
};

// False for anything an encoder would not write, unsafe paths included.
bool ParseRecords(const uint8_t* bytes, size_t length, std::vector<Transaction>* out);
bool ParseExternal(const Operation& operation, External* out);

}  // namespace holdfast

#endif  // HOLDFAST_RECORD_H_
