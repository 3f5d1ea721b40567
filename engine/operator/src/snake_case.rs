//! camelCase keys of a CR's spec to the snake_case variables that roles read, as the Ansible Operator converts them.
//!
//! Its oddities (`enableHTTPS` → `enable_http_s`, `SCRIPT` → `_scr_ip_t`) are part of the contract: roles name these
//! variables. Only keys change; an empty key passes through.
use serde_json::Value as Json;

/// Words that stay whole.
const WORDS: [&str; 3] = ["HTTP", "URL", "IP"];

/// Converts the keys of every mapping at any depth.
pub fn convert_keys(value: &Json) -> Json {
    match value {
        Json::Object(map) => Json::Object(map.iter().map(|(k, v)| (snake_case(k), convert_keys(v))).collect()),
        Json::Array(items) => Json::Array(items.iter().map(convert_keys).collect()),
        other => other.clone(),
    }
}

/// Converts one key.
pub fn snake_case(key: &str) -> String {
    let spaced = space_digits(key);
    let trimmed = spaced.trim();
    if trimmed.is_empty() {
        return key.to_owned();
    }
    let leading_upper = trimmed.starts_with(|c: char| c.is_ascii_uppercase());
    let marked = WORDS.iter().fold(trimmed.to_owned(), |text, word| mark_word(&text, word));
    let words = split_words(&marked);
    let prefix = if leading_upper && !starts_with_word(&words) { "_" } else { "" };
    format!("{prefix}{}", words.join("_"))
}

fn starts_with_word(words: &[String]) -> bool {
    words.first().is_some_and(|first| matches!(first.as_str(), "http" | "url" | "ip"))
}

/// Letter, digits, then optionally letter, digits again: a space before the first digits and the second letter.
fn space_digits(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    let digits_from = |start: usize| chars[start.min(chars.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    let is_letter = |at: usize| chars.get(at).is_some_and(char::is_ascii_alphabetic);
    let mut out = String::with_capacity(key.len() + 4);
    let mut at = 0;
    while at < chars.len() {
        let first = if is_letter(at) { digits_from(at + 1) } else { 0 };
        let second_at = at + 1 + first;
        let second = if first > 0 && is_letter(second_at) { digits_from(second_at + 1) } else { 0 };
        if second == 0 {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let end = second_at + 1 + second;
        out.push(chars[at]);
        out.push(' ');
        out.extend(&chars[at + 1..second_at]);
        out.push(' ');
        out.extend(&chars[second_at..end]);
        at = end;
    }
    out
}

/// Sets underscores around the first occurrence of a special word.
fn mark_word(text: &str, word: &str) -> String {
    let Some(start) = text.find(word) else {
        return text.to_owned();
    };
    let (before, rest) = (&text[..start], &text[start + word.len()..]);
    if rest.is_empty() {
        return format!("{before}_{word}");
    }
    match rest.strip_prefix('s') {
        Some("") => format!("{before}_{word}S"),
        Some(after) if start == 0 => format!("{word}S_{after}"),
        Some(after) => format!("{before}_{word}S_{after}"),
        None if start == 0 => format!("{word}_{rest}"),
        None => format!("{before}_{word}_{rest}"),
    }
}

/// Words end at case edges (which a word's first letter never starts) and at spaces, `_` and `-`.
fn split_words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1);
        let falls = c.is_ascii_uppercase() && next.is_some_and(char::is_ascii_lowercase);
        let rises = c.is_ascii_lowercase() && next.is_some_and(char::is_ascii_uppercase);
        match c {
            _ if !word.is_empty() && falls => {
                words.push(std::mem::take(&mut word));
                word.push(c);
            }
            _ if !word.is_empty() && rises => {
                word.push(c);
                words.push(std::mem::take(&mut word));
            }
            ' ' | '_' | '-' => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.iter().map(|word| word.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Recorded from the Ansible Operator.
    const TABLE: &str = "
        camelCase camel_case | ThisShould _this_should | sizeK8sBuckets size_k8s_buckets
        imagePullPolicy image_pull_policy | clusterIP cluster_ip | loadBalancerIP load_balancer_ip
        egressIPs egress_ips | egressIPEgress egress_ip_egress | egressIPegress egress_ip_egress
        IPsegress _ips_egress | IPs __ips | IPsec _ips_ec | URL __url | HTTP __http | HTTPS http_s
        URLPath url_path | apiURL api_url | baseURLs base_urls
        URLegressIPEgressHTTP url_egress_ip_egress_http
        URLsegressIPsEgressHTTPs _urls_egress_ips_egress_https | egressURLPath egress_url_path
        enableHTTPS enable_http_s | HTTPSProxy http_s_proxy | HTTPProxy http_proxy
        enableHTTP2 enable_http_2 | http2Enabled http2_enabled | OAuth2Proxy _o_auth2_proxy
        IPAddress ip_address | iPAddress ip_address | IPv4Address ip_v4_address | ipv4Address ipv4_address
        hostIPC host_ip_c | SCRIPT _scr_ip_t | TRIPLE _tr_ip_le | shIPping sh_ip_ping
        IPURL ip__url | IPsIPs _ips_i_ps | podCIDRs pod_cid_rs | enableCRDs enable_cr_ds | CRDs _cr_ds
        aB ab | aBC abc | abC ab_c | AB _ab | ABc _a_bc | dBName db_name
        x1y2 x_1_y2 | x1y2z3 x_1_y2z3 | a1b2c3d4 a_1_b2c_3_d4 | v1alpha1 v1alpha1
        storage1Gi storage1_gi | fooBar2 foo_bar2 | fooBARbaz foo_ba_rbaz | aURLbURL a_url_burl
        URL_path url__path | APIKey _api_key | JSONData _json_data | DNSPolicy _dns_policy
        TLSCert _tls_cert | S3Bucket _s3_bucket | s3Bucket s3_bucket
        my-key my_key | my.key my.key | kebab-case-Key kebab_case_key | trailing-- trailing__
        UPPER _upper | 2ndURL 2nd_url | foo_bar foo_bar | __Foo __foo | Foo_Bar _foo_bar
        var var | 888 888 | k8s_var k8s_var | _CanYou_Handle_mixedVars _can_you_handle_mixed_vars
    ";

    #[test]
    fn keys_convert_as_recorded() {
        let rows = TABLE.split(['|', '\n']).filter_map(|row| row.trim().split_once(' '));
        let wrong: Vec<String> = rows
            .filter(|(key, expected)| snake_case(key) != *expected)
            .map(|(key, expected)| format!("{key}: expected {expected}, got {}", snake_case(key)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn empty_and_foreign_keys_pass_through() {
        for key in ["", " ", "schlüssel", "名前"] {
            assert_eq!(snake_case(key), key);
        }
    }

    #[test]
    fn only_keys_change_at_any_depth() {
        let spec = json!({"poolSize": 2, "list": [{"innerKey": "camelCase"}]});
        assert_eq!(convert_keys(&spec), json!({"pool_size": 2, "list": [{"inner_key": "camelCase"}]}));
    }
}
