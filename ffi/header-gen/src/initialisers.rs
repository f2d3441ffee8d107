//! The initialisers of the structs that begin with their size, read off the header's own text: a new member cannot be
//! forgotten in one.

use std::error::Error;

/// A struct of the header: its name, and its members without their comments.
struct Struct<'a> {
    name: &'a str,
    members: Vec<String>,
}

/// `#define IC_…_INIT` for every struct of `header` whose first member is `struct_size`. Every member is listed: C and C++
/// then accept the same text without a warning.
pub(crate) fn of(header: &str) -> Result<String, Box<dyn Error>> {
    let structs = structs(header)?;
    let mut text = String::from(
        "\n/* Initialisers of the structs that begin with their size: `ic_frame_info info = IC_FRAME_INFO_INIT;`.\n \
         * Everything but the size is zero, which means: not set. */\n",
    );
    for Struct { name, members } in structs.iter().filter(|one| one.members[0] == "size_t struct_size") {
        let zeros: Vec<String> = members[1..].iter().map(|member| zero(member, &structs)).collect();
        text += &format!("#define {}_INIT {{sizeof({name}), {}}}\n", name.to_uppercase(), zeros.join(", "));
    }
    Ok(text)
}

fn structs(header: &str) -> Result<Vec<Struct<'_>>, Box<dyn Error>> {
    let mut found = Vec::new();
    for part in header.split("\ntypedef struct ").skip(1) {
        // The opaque ones have no members: `typedef struct ic_op ic_op;`.
        let Some((name, rest)) = part.split_once(" {\n").filter(|(name, _)| !name.contains(';')) else { continue };
        let body = rest.split_once(&format!("}} {name};")).ok_or_else(|| format!("the struct {name} has no end"))?.0;
        let code: String = body.split("/*").map(|piece| piece.split_once("*/").map_or(piece, |(_, after)| after)).collect();
        let members = code.split(';').map(|member| member.split_whitespace().collect::<Vec<_>>().join(" "));
        found.push(Struct { name, members: members.filter(|member| !member.is_empty()).collect() });
    }
    Ok(found)
}

/// What a member is when it is not set, as C writes it.
fn zero(member: &str, structs: &[Struct]) -> String {
    if let Some((one, count)) = member.strip_suffix(']').and_then(|array| array.split_once('[')) {
        let count = count.parse().expect("cbindgen writes the lengths of arrays as numbers");
        return format!("{{{}}}", vec![zero(one, structs); count].join(", "));
    }
    if member.contains('*') {
        return "NULL".to_owned();
    }
    let kind = member.strip_prefix("struct ").unwrap_or(member).split(' ').next().unwrap_or_default();
    match structs.iter().find(|one| one.name == kind) {
        Some(inner) => {
            let zeros: Vec<String> = inner.members.iter().map(|member| zero(member, structs)).collect();
            format!("{{{}}}", zeros.join(", "))
        }
        None if kind == "double" => "0.0".to_owned(),
        None => "0".to_owned(),
    }
}
