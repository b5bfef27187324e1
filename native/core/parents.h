// The parent directories that a batch works in, few of them open at once.
#ifndef HOLDFAST_PARENTS_H_
#define HOLDFAST_PARENTS_H_

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/volume.h"

namespace holdfast {

// Shared by the items in it.
struct Parent {
  Directory directory;
  bool known_writable = false;
};

// What is to happen when a directory is missing.
enum class Missing { kMake, kRefuse };

// Whether this process or the system has no descriptor left.
bool IsOutOfDescriptors(const Status& status);

class Parents {
 public:
  explicit Parents(Volume& volume) : volume_(volume) {}

  // The open parent directory of `path`. It stays open until others are used.
  Status Use(const std::string& path, Missing missing, std::shared_ptr<Parent>* out);
  // As `Use`, for a directory that has been removed since it was opened.
  Status UseAgain(const std::string& path, Missing missing, std::shared_ptr<Parent>* out);
  // Does something in a parent, again as long as it fails for lack of descriptors and others that
  // are open can be closed: past the journal there is no way back.
  template <typename Work>
  Status In(const std::shared_ptr<Parent>& parent, Work work) {
    Status status = work();
    while (IsOutOfDescriptors(status) && CloseOldest(parent)) status = work();
    return status;
  }
  void CloseAll();
  // The directories that were made, outermost first.
  const std::vector<std::string>& made() const { return made_; }

 private:
  Status Open(const std::string& path, Missing missing, Parent* parent);
  // False when none but the one that is kept is open.
  bool CloseOldest(const std::shared_ptr<Parent>& kept);

  Volume& volume_;
  std::unordered_map<std::string, std::shared_ptr<Parent>> known_;
  std::deque<std::shared_ptr<Parent>> open_;  // the oldest first
  std::vector<std::string> made_;
};

}  // namespace holdfast

#endif  // HOLDFAST_PARENTS_H_
