//! Names, keys, versions, and the policy set that they make.

use portcullis_store::{StoreError, Version};

use crate::fabric::{actor, add, baseline, both, candidate, name};

#[test]
fn a_name_has_one_ek_and_an_ek_has_one_name() {
    both("conflicts", |fabric| {
        let mut store = fabric.open();
        add(&mut store, 1);
        let mut refused = |host: &str, number: u64, words: [&str; 2]| {
            let error = store
                .change(&actor(), |change| {
                    change.add_host(&name(host), &candidate(number), Version::V2, false)
                })
                .unwrap_err();
            let text = error.to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
            assert!(!error.remedy().is_empty());
        };
        let (one, two) = (candidate(1).ek_sha256, candidate(2).ek_sha256);
        refused("HOST-000001", 2, [&one, &two]);
        refused("other", 1, ["`host-000001`", "`other`"]);
        refused("host-000001", 1, ["already", &one]);
        assert_eq!(store.view().hosts_count().unwrap(), 1);
    });
}

#[test]
fn both_versions_of_a_host_are_one_host_and_the_last_takes_it_along() {
    both("versions", |fabric| {
        let mut store = fabric.open();
        add(&mut store, 1);
        let host = name("host-000001");
        store
            .change(&actor(), |change| {
                change.add_host(&host, &candidate(1), Version::V1, false)?;
                Ok(())
            })
            .unwrap();
        let shown = store.view().known_host(&host).unwrap();
        assert_eq!(shown.policy_versions, ["v2", "v1"], "in the order in which they are tried");
        assert_eq!(shown.record().registrations.len(), 2);
        let mut remove =
            |version| store.change(&actor(), |change| change.remove_host(&host, Some(version)));
        remove(Version::V2).unwrap();
        assert!(matches!(remove(Version::V2), Err(StoreError::NotFound { .. })));
        remove(Version::V1).unwrap();
        assert!(store.view().host(&host).unwrap().is_none());
    });
}

#[test]
fn the_policy_set_follows_changes_of_another_program() {
    both("policy-set", |fabric| {
        let (mut reader, mut writer) = (fabric.open(), fabric.open());
        let before = reader.policy_set().unwrap();
        assert!(before.baselines.is_empty());
        assert_eq!(before.versions, ["v2", "v1"]);
        // A host is no rule: the compiled set stays.
        add(&mut writer, 1);
        assert!(std::sync::Arc::ptr_eq(&before, &reader.policy_set().unwrap()));
        let class = name("class");
        let document = baseline();
        writer
            .change(&actor(), |change| {
                change.add_baseline(&class, Version::V1, &document, "a.tcglog")?;
                change.set_policy_state("Hgs_IommuEnabled", "Enabled", "Disabled")?;
                change.set_versions("v1")
            })
            .unwrap();
        let after = reader.policy_set().unwrap();
        assert_eq!(after.baselines[0].baseline.name, "class");
        assert_eq!(after.baselines[0].policy_version, "v1");
        assert_eq!(after.policies["Hgs_IommuEnabled"], "Disabled");
        assert_eq!(after.versions, ["v1"]);
        assert_eq!(writer.policy_set().unwrap().sha256(), after.sha256());
        let files = after.trust_files().unwrap();
        after.to_engine(&files).unwrap();
    });
}

#[test]
fn a_rehearsal_or_a_refusal_leaves_everything_as_it_was() {
    both("rehearsal", |fabric| {
        let mut store = fabric.open();
        add(&mut store, 1);
        let keys = [store.audit_fingerprint().to_owned()];
        let before = store.view().audit_verify(&keys, None).unwrap();
        let seen = store
            .rehearse(&actor(), |change| {
                change.remove_host(&name("host-000001"), None)?;
                change.set_versions("v2")?;
                Ok((change.hosts_count()?, change.versions()?))
            })
            .unwrap();
        assert_eq!(seen, (0, vec!["v2".to_owned()]), "inside, it is done");
        let refused = store.change(&actor(), |change| {
            change.set_versions("v2")?;
            change.rename_host(&name("host-000001"), &name("new"))?;
            change.remove_dump_key(&name("no such"))
        });
        assert!(refused.is_err());
        assert_eq!(store.view().versions().unwrap(), ["v2", "v1"]);
        assert_eq!(store.view().hosts_count().unwrap(), 1);
        assert!(store.view().host(&name("host-000001")).unwrap().is_some());
        let after = store.view().audit_verify(&keys, None).unwrap();
        assert_eq!(before, after);
    });
}

#[test]
fn a_record_is_updated_only_as_it_was_seen() {
    both("record", |fabric| {
        let mut store = fabric.open();
        add(&mut store, 1);
        let seen = store.view().known_host(&name("host-000001")).unwrap().record();
        let mut update =
            |reset| store.change(&actor(), |change| change.update_record(&seen, "000b00", reset));
        update(7).unwrap();
        assert!(update(8).is_err(), "somebody else was faster");
        let now = store.view().known_host(&name("host-000001")).unwrap();
        assert_eq!((now.ak_name.as_deref(), now.reset_count), (Some("000b00"), Some(7)));
    });
}

#[test]
fn a_store_of_a_later_program_is_refused() {
    both("later", |fabric| {
        drop(fabric.open());
        fabric.behind_its_back("INSERT INTO schema_version (version) VALUES (99)");
        let key = fabric.folder.join("audit-key");
        let missing = portcullis_store::Missing::Create;
        let error = portcullis_store::Store::open(&fabric.location, &key, missing).err().unwrap();
        assert!(error.to_string().contains("version 99"), "{error}");
    });
}
