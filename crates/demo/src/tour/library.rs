//! The media library: `longshore serve` on the private provider, and the calls that an application makes.

use serde_json::{Value, json};

use super::text;
use crate::{
    client::Client,
    failure::{Failure, same},
    fetch,
    print::Print,
    serving::Serving,
    setup::Setup,
};

pub(super) async fn walk(setup: &Setup, print: &Print) -> Result<Serving, Failure> {
    print.title("The media library: longshore serve, with provider = \"aws-s3-private\"");
    let started = async {
        setup.project.choose("aws-s3-private")?;
        Serving::start(&setup.longshore, &setup.project).await
    };
    let serving = print.step("longshore token create demo --allow all, then longshore serve", started).await?;
    let client = Client::new(&serving);
    let [picture, noise] = &setup.samples;

    let image = print
        .step(
            format_args!("POST /api/upload: {} is stored with its formats", picture.name),
            upload_image(setup, &client),
        )
        .await?;
    let file = print
        .step(format_args!("POST /api/upload: {} flows through", noise.name), client.upload(noise, &json!({})))
        .await?;
    print.step("its URL is signed, and gives the same bytes", fetch::gives(&text(&file, "url"), noise)).await?;
    let plain = text(&file, "url").split('?').next().unwrap_or_default().to_owned();
    print.step("the URL without its signature returns 403", fetch::is_forbidden(&plain)).await?;
    print.step("GET /api/upload/files finds files by a filter", find(&client, &image)).await?;
    print.step("POST /api/upload?id=… changes the caption", update(&client, &image)).await?;
    print.step("DELETE /api/upload/files/… removes file and object", remove(&client, &file)).await?;
    Ok(serving)
}

async fn upload_image(setup: &Setup, client: &Client<'_>) -> Result<Value, Failure> {
    let info = json!({ "alternativeText": "boats at a pier", "caption": "the harbour" });
    let image = client.upload(&setup.samples[0], &info).await?;
    same("the caption", "the harbour", &text(&image, "caption"))?;
    same("isUrlSigned to be", "true", &image["isUrlSigned"].to_string())?;
    let thumbnail = text(&image["formats"]["thumbnail"], "url");
    match fetch::status(&thumbnail).await? {
        status if status.is_success() => Ok(image),
        status => Err(Failure::new("the thumbnail at its signed URL", status)),
    }
}

async fn find(client: &Client<'_>, image: &Value) -> Result<(), Failure> {
    let query = "/api/upload/files?filters%5Bmime%5D%5B%24contains%5D=image&sort%5B0%5D=name%3Aasc";
    let found = client.get(query).await?;
    let ids: Vec<String> = found.as_array().into_iter().flatten().map(|file| file["id"].to_string()).collect();
    same("the ids to be", &image["id"].to_string(), &ids.join(", "))
}

async fn update(client: &Client<'_>, image: &Value) -> Result<(), Failure> {
    let updated = client.update(&image["id"], &json!({ "caption": "the old harbour" })).await?;
    same("the caption", "the old harbour", &text(&updated, "caption"))?;
    same("the alternative text", "boats at a pier", &text(&updated, "alternativeText"))
}

async fn remove(client: &Client<'_>, file: &Value) -> Result<(), Failure> {
    let removed = client.delete(&file["id"]).await?;
    same("the id to be", &file["id"].to_string(), &removed["id"].to_string())?;
    match fetch::status(&text(file, "url")).await? {
        status if status.as_u16() == 404 => Ok(()),
        status => Err(Failure::new("404 at the URL that was signed before", status)),
    }
}
