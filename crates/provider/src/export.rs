//! The provider's side of the boundary: runs the wire calls of an author's provider.

mod call;
mod instance;
mod macros;

use std::marker::PhantomData;

use longshore_provider_abi::{
    FfiFuture, FutureExt, RString, RVec,
    v1::{Entry, ProviderObject, Reply, WireInit, provider_object},
};
use serde_json::Value;

pub(crate) use self::instance::{ABORT_UPLOADS, LIST};
use self::{
    call::{CallOptions, Calls},
    instance::Instance,
};
use crate::{
    Base, Error, InitContext, Provider, ProviderOptions, Result,
    current_call::Identity,
    guard, logging,
    runtime::library_with,
    wire::{object_from, reply},
};

/// The entry points that a shared library exports for the provider `P`.
#[doc(hidden)]
pub struct Exported<P>(PhantomData<P>);

impl<P: Provider> Entry for Exported<P> {
    fn schema() -> Reply<RString> {
        guard::install_panic_hook(true);
        reply(guard::catch(|| RString::from(P::Options::options_schema().to_string())))
    }

    fn base_options(options: RString) -> Reply<RString> {
        guard::install_panic_hook(true);
        reply(guard::catch(|| base_options::<P>(&options)).and_then(|options| options))
    }

    fn init(init: WireInit) -> FfiFuture<Reply<RVec<ProviderObject>>> {
        guard::install_panic_hook(true);
        let started = guard::catch(|| {
            logging::install(&init.host);
            library_with(init.workers as usize)
        });
        match started {
            Ok(_) => {
                let identity = Identity::new(&init.name);
                Calls::new().spawn(CallOptions::of_init(init.scope, &identity), Box::pin(make::<P>(init, identity)))
            }
            Err(error) => std::future::ready(reply(Err(error))).into_ffi(),
        }
    }
}

fn base_options<P: Provider>(options: &str) -> Result<RString> {
    let options: Value = serde_json::from_str(options)
        .map_err(|error| Error::internal("the host sent options that are no JSON").caused_by(&error))?;
    P::base_options(options).map(|options| RString::from(options.to_string()))
}

async fn make<P: Provider>(mut init: WireInit, identity: Identity) -> Result<RVec<ProviderObject>> {
    let options = P::Options::read_options(&init.options)?;
    let mut context = InitContext::new(init.name.into_string(), init.project.into_string())
        .with_action_options(object_from(&init.action_options));
    let base = init.base.pop().map(Base::from_object);
    context.base.clone_from(&base);
    let provider = P::init(options, context).await?;
    Ok(RVec::from(vec![provider_object(Instance::new(provider, identity, base))]))
}
