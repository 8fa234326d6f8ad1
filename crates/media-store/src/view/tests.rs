use serde_json::{Value, json};

use super::*;

fn file() -> MediaFile {
    MediaFile {
        id: 1,
        document_id: "wugy12c2mr82tkgwyo6vcwqp".into(),
        name: "a.txt".into(),
        alternative_text: None,
        caption: None,
        focal_point: None,
        width: None,
        height: None,
        formats: None,
        hash: "a_2a29fac222".into(),
        ext: ".txt".into(),
        mime: "text/plain".into(),
        size_bytes: 11,
        url: "/uploads/a_2a29fac222.txt".into(),
        preview_url: None,
        provider: "local".into(),
        provider_metadata: None,
        created_at: 1_795_458_547_597,
        updated_at: 1_795_458_547_597,
        published_at: 1_795_458_547_597,
        is_url_signed: false,
        key: Some("secret/key".into()),
        path: None,
        etag: Some("tag".into()),
        checksum: None,
        provider_chain: vec!["local".into()],
    }
}

fn thumbnail() -> Format {
    Format {
        format: "thumbnail".into(),
        name: "thumbnail_mid.png".into(),
        hash: "thumbnail_mid_2fbd5ec903".into(),
        ext: ".png".into(),
        mime: "image/png".into(),
        path: None,
        width: 234,
        height: 156,
        size_bytes: 887,
        url: "/uploads/thumbnail_mid_2fbd5ec903.png".into(),
        key: Some("secret/key".into()),
        etag: None,
        provider_metadata: None,
    }
}

#[test]
fn a_file_is_shown_with_the_keys_of_the_api_in_their_order() {
    let shown = serde_json::to_string(&FileView::new(&file())).unwrap();
    assert_eq!(
        shown,
        r#"{"id":1,"documentId":"wugy12c2mr82tkgwyo6vcwqp","name":"a.txt","alternativeText":null,"caption":null,"focalPoint":null,"width":null,"height":null,"formats":null,"hash":"a_2a29fac222","ext":".txt","mime":"text/plain","size":0.01,"url":"/uploads/a_2a29fac222.txt","previewUrl":null,"provider":"local","provider_metadata":null,"createdAt":"2026-11-23T18:29:07.597Z","updatedAt":"2026-11-23T18:29:07.597Z","publishedAt":"2026-11-23T18:29:07.597Z","isUrlSigned":false}"#
    );
}

#[test]
fn formats_are_shown_by_name_and_say_only_what_they_have() {
    let mut file = MediaFile { formats: Some(vec![thumbnail()]), ..file() };
    let shown = |file: &MediaFile| {
        let fields = [Attribute::Formats];
        let value: Value =
            serde_json::from_str(&serde_json::to_string(&FileView::new(file).with_fields(&fields)).unwrap()).unwrap();
        value["formats"].to_string()
    };
    assert_eq!(
        shown(&file),
        r#"{"thumbnail":{"name":"thumbnail_mid.png","hash":"thumbnail_mid_2fbd5ec903","ext":".png","mime":"image/png","path":null,"width":234,"height":156,"size":0.89,"sizeInBytes":887,"url":"/uploads/thumbnail_mid_2fbd5ec903.png"}}"#
    );

    let format = Format { etag: Some("t".into()), provider_metadata: Some(json!({"a": 1})), ..thumbnail() };
    file.formats = Some(vec![format]);
    file.is_url_signed = true;
    assert!(
        shown(&file).ends_with(
            r#""url":"/uploads/thumbnail_mid_2fbd5ec903.png","etag":"t","provider_metadata":{"a":1},"isUrlSigned":true}}"#
        ),
        "{}",
        shown(&file)
    );

    file.formats = Some(Vec::new());
    assert_eq!(shown(&file), "{}");
}

#[test]
fn the_ids_and_the_signature_are_shown_whatever_is_asked_for() {
    let shown = serde_json::to_string(&FileView::new(&file()).with_fields(&[Attribute::Url, Attribute::Name])).unwrap();
    assert_eq!(
        shown,
        r#"{"id":1,"documentId":"wugy12c2mr82tkgwyo6vcwqp","name":"a.txt","url":"/uploads/a_2a29fac222.txt","isUrlSigned":false}"#
    );
}

#[test]
fn events_say_nothing_of_signatures() {
    let file = MediaFile { formats: Some(vec![thumbnail()]), is_url_signed: true, ..file() };
    let shown = serde_json::to_string(&FileView::new(&file).without_signature()).unwrap();
    assert!(!shown.contains("isUrlSigned"), "{shown}");
}

#[test]
fn numbers_are_written_as_in_javascript() {
    let file = MediaFile { size_bytes: 1_500_000, focal_point: Some(FocalPoint { x: 50.0, y: 12.5 }), ..file() };
    let shown = serde_json::to_string(&FileView::new(&file)).unwrap();
    assert!(shown.contains(r#""size":1500,"#), "{shown}");
    assert!(shown.contains(r#""focalPoint":{"x":50,"y":12.5}"#), "{shown}");
}
