//! Why a node may not be opened, and what to do about it.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Both rights of the group.
const GROUP_MAY: u32 = 0o060;

/// What is known of a node and of where this process runs.
struct Facts {
    /// The group that owns it, by name if it has one.
    group: String,
    gid: u32,
    mode: u32,
    confined: Option<Confined>,
}

/// What keeps programs from devices that their user may open.
enum Confined {
    Flatpak(String),
    Snap(String),
    Container,
}

/// What lets a program open the node.
pub(super) fn advice(node: &Path) -> String {
    let Ok(metadata) = fs::metadata(node) else {
        return format!("the system does not even let this user look at {}", node.display());
    };
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    let gid = metadata.gid();
    let group = group_name(&groups, gid).unwrap_or_else(|| gid.to_string());
    Facts { group, gid, mode: metadata.mode(), confined: confined() }.advice(&node.display().to_string())
}

/// The name of a group, after `/etc/group`: `name:password:number:members`.
fn group_name(groups: &str, gid: u32) -> Option<String> {
    let mut entries = groups.lines().map(|line| line.split(':'));
    entries.find_map(|mut entry| {
        let name = entry.next()?;
        let number: u32 = entry.nth(1)?.parse().ok()?;
        (number == gid && !name.is_empty()).then(|| name.to_owned())
    })
}

fn confined() -> Option<Confined> {
    if let Ok(info) = fs::read_to_string("/.flatpak-info") {
        let name = info.lines().find_map(|line| line.strip_prefix("name="));
        return Some(Confined::Flatpak(name.unwrap_or("APPLICATION").to_owned()));
    }
    if let Ok(name) = env::var("SNAP_NAME") {
        return Some(Confined::Snap(name));
    }
    ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists()).then_some(Confined::Container)
}

impl Facts {
    fn advice(&self, node: &str) -> String {
        let Facts { group, gid, mode, confined } = self;
        match confined {
            Some(Confined::Flatpak(name)) => {
                return format!("the Flatpak sandbox keeps it from {node}. Allow it with: flatpak override --user --device=all {name}");
            }
            Some(Confined::Snap(name)) => {
                return format!("the Snap sandbox keeps it from {node}. Allow it with: sudo snap connect {name}:camera");
            }
            Some(Confined::Container) => {
                return format!(
                    "the system does not let this user open {node}, which belongs to the group {group}. Start the container with the device and that group: docker run --device {node} --group-add {gid} (podman: --group-add keep-groups), or add the user to it"
                );
            }
            None => {}
        }
        if *gid != 0 && mode & GROUP_MAY == GROUP_MAY {
            format!(
                "the system does not let this user open {node}, which belongs to the group {group}. Add the user to it with: sudo usermod -aG {group} $USER, and log in again"
            )
        } else {
            format!(
                "the system does not let this user open {node}, which belongs to the group {group} with the mode {:04o}: no group that helps. Give it to the group video with a udev rule: SUBSYSTEM==\"video4linux\", GROUP=\"video\", MODE=\"0660\"",
                mode & 0o7777
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_names() {
        let groups = "root:x:0:\nbroken\nvideo:x:44:anna,ben\n:x:7:\nlate:x:44:";
        assert_eq!(group_name(groups, 44).as_deref(), Some("video"));
        assert_eq!(group_name(groups, 0).as_deref(), Some("root"));
        assert_eq!(group_name(groups, 7), None);
        assert_eq!(group_name("", 0), None);
    }

    #[test]
    fn the_advice_fits_the_node_and_the_sandbox() {
        let advice = |gid, mode, confined| Facts { group: "cameras".to_owned(), gid, mode, confined }.advice("/dev/video0");
        assert!(advice(44, 0o20660, None).contains("sudo usermod -aG cameras $USER"));
        for useless in [advice(44, 0o20600, None), advice(44, 0o20640, None), advice(0, 0o20660, None)] {
            assert!(useless.contains("udev rule") && !useless.contains("usermod"), "{useless}");
        }
        assert!(advice(44, 0o20640, None).contains("0640"));
        assert!(advice(44, 0o20660, Some(Confined::Flatpak("org.example.App".into()))).ends_with("--device=all org.example.App"));
        assert!(advice(44, 0o20660, Some(Confined::Snap("app".into()))).ends_with("sudo snap connect app:camera"));
        assert!(advice(44, 0o20660, Some(Confined::Container)).contains("--device /dev/video0 --group-add 44"));
        assert!(super::advice(Path::new("/no/such/node")).contains("/no/such/node"));
    }
}
