{
  "targets": [
    {
      "target_name": "holdfast",
      "sources": [
        "native/addon.cc",
        "native/async.cc",
        "native/batch.cc",
        "native/parents.cc",
        "native/commit.cc",
        "native/committer_api.cc",
        "native/crc32c.cc",
        "native/files_api.cc",
        "native/frame.cc",
        "native/lock.cc",
        "native/open_file_api.cc",
        "native/pool.cc",
        "native/probe.cc",
        "native/record.cc",
        "native/redo.cc",
        "native/segment.cc",
        "native/stage.cc",
        "native/status.cc",
        "native/volume.cc",
        "native/volume_api.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "conditions": [
        ["OS=='linux'", {
          "sources": ["native/posix.cc", "native/posix_guard.cc", "native/posix_ownership.cc", "native/posix_system.cc", "native/linux.cc"],
          "defines": ["_GNU_SOURCE"],
          "cflags!": ["-fno-exceptions"],
          "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
          "cflags_cc": ["-std=c++20", "-fexceptions", "-ffunction-sections", "-fdata-sections", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type"],
          "ldflags": ["-static-libstdc++", "-static-libgcc", "-pthread", "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections"]
        }],
        ["OS=='mac'", {
          "sources": ["native/posix.cc", "native/posix_guard.cc", "native/posix_ownership.cc", "native/posix_system.cc", "native/darwin.cc"],
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
          "sources": ["native/windows.cc", "native/windows_names.cc", "native/windows_rules.cc"],
          "defines": ["_HAS_EXCEPTIONS=1", "NOMINMAX", "WIN32_LEAN_AND_MEAN", "_WIN32_WINNT=0x0A00"],
          "msvs_settings": {
            "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20", "/EHsc", "/utf-8"], "ExceptionHandling": 1 }
          }
        }]
      ]
    }
  ]
}
