// A store's journal as the engine sets it up, in the few steps that the core needs.
#ifndef HOLDFAST_TEST_JOURNAL_H_
#define HOLDFAST_TEST_JOURNAL_H_

#include <memory>
#include <string>
#include <vector>

#include "core/commit.h"
#include "core/record.h"

namespace holdfast::test {

inline const std::string kLockPath = ".lock";
inline const std::string kPagePath = ".shared";
inline const std::string kSegmentPath = ".journal/000000000001.log";
inline const std::string kNextSegmentPath = ".journal/000000000002.log";
constexpr uint64_t kSegmentBytes = 256 << 10;

struct Change {
  OperationKind kind;
  std::string path;
  std::string content;
};

// One transaction for each list.
Bytes Encode(const std::vector<std::vector<Change>>& transactions);
CommitRequest RequestOf(const std::vector<std::vector<Change>>& transactions);

Status OpenAt(const std::string& directory, std::shared_ptr<Volume>* out);
Status OpenCommitter(const std::shared_ptr<Volume>& volume, std::shared_ptr<Committer>* out);
Status CreateJournal(Volume& volume);
Status StartJournal(Volume& volume);
// Points a page that points nowhere yet at the begin of the segment.
Status UseJournal(const std::shared_ptr<Committer>& committer);
// The page at the begin of the segment again, whatever state it was in.
void Rewind(Page& page);

Status Commit(const std::shared_ptr<Committer>& committer,
              const std::vector<std::vector<Change>>& transactions, CommitReply* reply);

}  // namespace holdfast::test

#endif  // HOLDFAST_TEST_JOURNAL_H_
