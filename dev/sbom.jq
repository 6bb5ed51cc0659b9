# CycloneDX 1.5 from `cargo metadata`; $lock is Cargo.lock, which has the checksums.

# `name version` and its checksum.
def checksums:
  [$lock | split("[[package]]\n")[1:][]
   | {name: capture("name = \"(?<x>[^\"]+)\"").x, version: capture("version = \"(?<x>[^\"]+)\"").x,
      checksum: (capture("checksum = \"(?<x>[0-9a-f]+)\"").x // null)}
   | {key: "\(.name) \(.version)", value: .checksum}]
  | from_entries;

def purl: "pkg:cargo/\(.name)@\(.version)";

# What is compiled in: along dependencies that are no others' tests or build scripts.
def reached($nodes; $root):
  def grow: . as $seen
    | ([.[] | $nodes[.].deps[] | select(any(.dep_kinds[]; .kind == null)) | .pkg] + $seen | unique) as $more
    | if ($more | length) == ($seen | length) then $seen else $more | grow end;
  [$root] | grow;

checksums as $sums
| .resolve.root as $root
| (.resolve.nodes | map({key: .id, value: .}) | from_entries) as $nodes
| (.packages | map({key: .id, value: .}) | from_entries) as $packages
| reached($nodes; $root) as $inside
| {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: ($packages[$root] | {type: "application", "bom-ref": purl, name, version, purl: purl,
        licenses: [{expression: .license}]})
    },
    components: [$inside[] | select(. != $root) | $packages[.]
      | {type: "library", "bom-ref": purl, name, version, purl: purl,
         licenses: [{expression: (.license | gsub("/"; " OR "))}],
         hashes: [$sums["\(.name) \(.version)"] | select(. != null) | {alg: "SHA-256", content: .}],
         externalReferences: [.repository | select(. != null) | {type: "vcs", url: .}]}]
      | sort_by(."bom-ref"),
    dependencies: [$inside[] as $id
      | {ref: ($packages[$id] | purl),
         dependsOn: [$nodes[$id].deps[] | select(any(.dep_kinds[]; .kind == null)) | .pkg
           | $packages[.] | purl] | unique}]
      | sort_by(.ref)
  }
