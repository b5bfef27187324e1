{
  "targets": [
    {
      "target_name": "holdfast",
      "sources": [
        "native/core/batch.cc",
        "native/core/commit.cc",
        "native/core/crc32c.cc",
        "native/core/frame.cc",
        "native/core/lock.cc",
        "native/core/parents.cc",
        "native/core/pool.cc",
        "native/core/probe.cc",
        "native/core/record.cc",
        "native/core/redo.cc",
        "native/core/segment.cc",
        "native/core/stage.cc",
        "native/core/status.cc",
        "native/core/volume.cc",
        "native/node/addon.cc",
        "native/node/async.cc",
        "native/node/committer_api.cc",
        "native/node/files_api.cc",
        "native/node/open_file_api.cc",
        "native/node/volume_api.cc"
      ],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "conditions": [
        ["OS=='linux'", {
          "sources": ["native/os/posix.cc", "native/os/posix_guard.cc", "native/os/posix_ownership.cc", "native/os/posix_system.cc", "native/os/linux.cc"],
          "defines": ["_GNU_SOURCE"],
          "cflags!": ["-fno-exceptions"],
          "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
          "cflags_cc": ["-std=c++20", "-fexceptions", "-ffunction-sections", "-fdata-sections", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type"],
          "ldflags": ["-static-libstdc++", "-static-libgcc", "-pthread", "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections"]
        }],
        ["OS=='mac'", {
          "sources": ["native/os/posix.cc", "native/os/posix_guard.cc", "native/os/posix_ownership.cc", "native/os/posix_system.cc", "native/os/darwin.cc"],
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
            "CLANG_CXX_LIBRARY": "libc++",
            "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "MACOSX_DEPLOYMENT_TARGET": "11.0",
            "WARNING_CFLAGS": ["-Wall", "-Wextra"]
          }
        }],
        ["OS=='win'", {
          "sources": ["native/os/windows.cc", "native/os/windows_names.cc", "native/os/windows_rules.cc"],
          "defines": ["_HAS_EXCEPTIONS=1", "NOMINMAX", "WIN32_LEAN_AND_MEAN", "_WIN32_WINNT=0x0A00"],
          "msvs_settings": {
            "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20", "/EHsc", "/utf-8"], "ExceptionHandling": 1 }
          }
        }]
      ]
    }
  ]
}
