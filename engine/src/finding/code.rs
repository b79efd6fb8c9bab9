//! Every finding code, with its meaning and remedy: one table, from which the documentation, the
//! texts of all front ends and the JSON Schema are made.
//!
//! A code is a stable text. It is never reused for another meaning.

macro_rules! codes {
    ($( $name:ident = $text:literal, $meaning:literal, $remedy:literal; )*) => {
        /// A stable, documented text that names a kind of finding.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs, reason = "the table is the documentation: see `meaning`")]
        pub enum FindingCode { $( $name, )* }

        impl FindingCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$( Self::$name, )*];

            /// The stable text.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// The code of a stable text, in any case.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                let mut all = Self::ALL.iter().copied();
                all.find(|code| code.text().eq_ignore_ascii_case(text))
            }

            /// What it means, as one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $( Self::$name => $meaning, )* }
            }

            /// What an administrator can do about it; empty where there is nothing to do.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $( Self::$name => $remedy, )* }
            }
        }
    };
}

codes! {
    // The TPM's identity.
    EkMissing = "EK-MISSING",
        "neither an EK public key nor an EK certificate was handed in",
        "capture the platform identifier again, elevated";
    IdentifierUnreadable = "IDENTIFIER-UNREADABLE",
        "the platform identifier cannot be read",
        "capture it again with `Get-PlatformIdentifier`, elevated";
    EkUnreadable = "EK-UNREADABLE",
        "the EK public key is in no known encoding",
        "hand in `TPM2B_PUBLIC`, PEM or DER";
    EkCertificateMissing = "EK-CERTIFICATE-MISSING",
        "the host has no EK certificate, so no manufacturer vouches for its TPM",
        "fetch the certificate from the vendor's service, or register the EK as v1";
    EkCertificateUnreadable = "EK-CERTIFICATE-UNREADABLE",
        "the EK certificate cannot be decoded",
        "capture it again; read the whole NV index";
    EkCertificateUnfit = "EK-CERTIFICATE-UNFIT",
        "the certificate was not issued for an endorsement key",
        "hand in the EK certificate of the TPM's NV index";
    EkCertificateQuirk = "EK-CERTIFICATE-QUIRK",
        "the EK certificate departs from DER in a way that this chip is known for",
        "";
    EkCertificateNote = "EK-CERTIFICATE-NOTE",
        "the EK certificate chain is accepted, with a reservation",
        "decide whether you accept it; a newer certificate or revocation list of the vendor may mend it";
    EkProfileDeviation = "EK-PROFILE-DEVIATION",
        "the EK certificate departs from the TCG EK credential profile",
        "";
    EkKeyMismatch = "EK-KEY-MISMATCH",
        "the EK certificate certifies another key than the EK public key",
        "capture both from the same TPM, for the same key type";
    EkKeyWeak = "EK-KEY-WEAK",
        "the EK is of a kind whose private key can be found",
        "update the TPM's firmware and clear it, or replace the machine";
    EkAttributesUnfit = "EK-ATTRIBUTES-UNFIT",
        "the EK's attributes are not those of an endorsement key",
        "capture the EK made from the TCG default template";
    EkChainUntrusted = "EK-CHAIN-UNTRUSTED",
        "the EK certificate does not chain to a trusted TPM root",
        "add the vendor's root and intermediate certificates";
    EkNotRegistered = "EK-NOT-REGISTERED",
        "no host is registered with this EK in this version",
        "register the host's platform identifier";
    EkAssumedRegistered = "EK-ASSUMED-REGISTERED",
        "no registration was given: the answer assumes that this EK is registered by hand as v1",
        "give the TPM vendor's roots to have the EK certificate checked";

    // The key that signs quotes.
    AkMissing = "AK-MISSING",
        "no attestation key was handed in",
        "hand in the AK's public area";
    AkUnreadable = "AK-UNREADABLE",
        "the attestation key is in no known encoding",
        "hand in `TPM2B_PUBLIC`";
    AkAttributesUnknown = "AK-ATTRIBUTES-UNKNOWN",
        "the attestation key came without its public area, so nothing says that it is a restricted TPM key",
        "hand in `TPM2B_PUBLIC` instead of PEM";
    AkAttributesUnfit = "AK-ATTRIBUTES-UNFIT",
        "the attestation key is not a restricted signing key that never leaves its TPM",
        "create the AK restricted, fixedTPM, fixedParent, sensitiveDataOrigin, sign, not decrypt";
    AkKeyWeak = "AK-KEY-WEAK",
        "the attestation key is too weak",
        "create an RSA-2048, P-256 or P-384 key";
    AkNotBound = "AK-NOT-BOUND",
        "nothing proves that the attestation key lives in the same TPM as the EK",
        "activate a credential, store the AK's name at registration, or hand in an AK certificate";
    AkActivationMismatch = "AK-ACTIVATION-MISMATCH",
        "the activated secret is not the one in the credential, or the credential was made for other keys",
        "run the activation again for this EK and AK";
    AkNameMismatch = "AK-NAME-MISMATCH",
        "the attestation key is not the one whose name is stored for this host",
        "activate a credential for the new AK";
    AkCertificateUntrusted = "AK-CERTIFICATE-UNTRUSTED",
        "the AK certificate does not prove the attestation key",
        "activate a credential instead, or hand in a certificate for this AK by a trusted CA";

    // The quote.
    QuoteMissing = "QUOTE-MISSING",
        "there is no quote: nothing signed says what the registers hold",
        "quote the required PCRs";
    QuoteUnreadable = "QUOTE-UNREADABLE",
        "the quote cannot be decoded",
        "quote again, and hand in `TPMS_ATTEST` and `TPMT_SIGNATURE` as the TPM returned them";
    QuoteNotTpmGenerated = "QUOTE-NOT-TPM-GENERATED",
        "the signed structure does not begin with the TPM's magic, so any software may have made it",
        "quote again inside the TPM; if it stays, do not trust this host";
    QuoteTypeWrong = "QUOTE-TYPE-WRONG",
        "the signed structure is an attestation, but not a quote",
        "hand in what `TPM2_Quote` returned";
    QuoteSignatureInvalid = "QUOTE-SIGNATURE-INVALID",
        "the quote's signature does not verify under the attestation key",
        "hand in the quote, signature and AK of one capture";
    QuoteSchemeMismatch = "QUOTE-SCHEME-MISMATCH",
        "the quote's signature is of another scheme or hash than the attestation key's",
        "quote with the scheme and hash that the attestation key was created with";
    QuotePcrNotSelected = "QUOTE-PCR-NOT-SELECTED",
        "the quote does not cover a required register",
        "quote all required PCRs of the required bank";
    QuoteDigestMismatch = "QUOTE-DIGEST-MISMATCH",
        "the PCR values do not hash to the digest that was signed",
        "hand in the values that belong to this quote";
    QuotePcrValuesUnreadable = "QUOTE-PCR-VALUES-UNREADABLE",
        "the file of PCR values cannot be decoded",
        "capture it again, together with the quote";
    QuotesContradict = "QUOTES-CONTRADICT",
        "two quotes give different values for one register",
        "quote all registers at once";
    QuotesTooMany = "QUOTES-TOO-MANY",
        "there are more quotes than the limit allows",
        "hand in one quote over all required registers";
    NonceMismatch = "NONCE-MISMATCH",
        "the quote answers another challenge: it may be a replay",
        "quote again with the nonce that was issued";
    NonceNotChecked = "NONCE-NOT-CHECKED",
        "no nonce was given, so nothing says that the quote is fresh",
        "give the nonce of the challenge";
    ClockWentBack = "CLOCK-WENT-BACK",
        "the TPM's reset counter is lower than at the last attestation: the TPM was cleared or replaced",
        "if the TPM was cleared or replaced on purpose, register the host again";

    // The event log.
    LogMissing = "LOG-MISSING",
        "there is no event log, so nothing says what was measured",
        "boot through the firmware's boot services (Windows does; GRUB's `linux` with Secure Boot off does not), or update firmware";
    LogEmpty = "LOG-EMPTY",
        "the event log is empty",
        "capture it again";
    LogUnreadable = "LOG-UNREADABLE",
        "the event log cannot be decoded to its end",
        "capture it again; if that does not help, update the firmware";
    LogPadding = "LOG-PADDING",
        "the event log is followed by padding",
        "";
    LogBankMissing = "LOG-BANK-MISSING",
        "the event log holds no digests for the required bank",
        "activate the bank in the firmware's setup";
    LogCoverageGap = "LOG-COVERAGE-GAP",
        "records lack a digest for the required bank",
        "update the firmware: it must measure every event into the required bank";
    StartupLocalityInvalid = "STARTUP-LOCALITY-INVALID",
        "the log's `StartupLocality` record is duplicated, late or out of range",
        "capture the log again; if it stays, update the firmware";
    PcrReplayMismatch = "PCR-REPLAY-MISMATCH",
        "the log does not replay to the register: an event was changed, added or left out",
        "capture log and quote of the same boot";
    PcrUnlogged = "PCR-EXTENDED-UNLOGGED",
        "the register was extended, but the log holds no event for it",
        "find out what extends the register; if it is the firmware, update it";
    RecordedPcrMismatch = "RECORDED-PCR-MISMATCH",
        "PCR values that were recorded beside the log contradict it",
        "hand in files of one capture";
    BankCapped = "BANK-CAPPED",
        "Windows capped this bank with unlogged extends; it is not used",
        "";
    BankCarteBlanche = "BANK-CARTE-BLANCHE",
        "the firmware never extended this bank, so an attacker could have written the whole boot story",
        "update the firmware, or deactivate the bank";
    EventUndecodable = "EVENT-UNDECODABLE",
        "the data of an event cannot be decoded",
        "";
    EventUnbound = "EVENT-UNBOUND",
        "the data of an event that a policy reads does not hash to its digest",
        "capture the log again; if it stays, update the firmware, and do not trust this host until then";

    // Secure Boot.
    SecureBootOff = "SECURE-BOOT-OFF",
        "Secure Boot is off",
        "enable Secure Boot in the firmware's setup";
    SecureBootUnknown = "SECURE-BOOT-UNKNOWN",
        "the log does not say whether Secure Boot is on",
        "update the firmware: it must measure the variable `SecureBoot`";
    SecureBootEventsInvalid = "SECURE-BOOT-EVENTS-INVALID",
        "the events of PCR 7 break the rules of the firmware profile",
        "capture the log again; if it stays, update the firmware";
    UefiDebugMode = "UEFI-DEBUG-MODE",
        "the firmware runs with a debugger enabled",
        "use production firmware";
    DmaProtectionDisabled = "DMA-PROTECTION-DISABLED",
        "the firmware reports that DMA protection is disabled",
        "enable it in the firmware's setup";
    SecurityLevelDowngraded = "SECURITY-LEVEL-DOWNGRADED",
        "the firmware reports a lowered security level",
        "find out in the firmware's setup what lowered it";

    // Baselines.
    BaselineMissing = "BASELINE-MISSING",
        "no TPM baseline is registered",
        "derive a baseline from a good host and register it";
    BaselineVersionMixed = "BASELINE-VERSION-MIXED",
        "the host matches a baseline, but of another version than its registration",
        "register the baseline again in the version of the host's identifier";
    BaselineBankDiffers = "BASELINE-BANK-DIFFERS",
        "the baseline was captured in another bank",
        "derive the baseline again in the required bank";
    BaselineThirdPartyCa = "BASELINE-THIRD-PARTY-CA",
        "the baseline admits Microsoft's third-party UEFI CA: at level `secure_boot` another loader signed under it would match too",
        "derive the baseline at level `boot_chain`";
    BaselineDeltaUsed = "BASELINE-DELTA-USED",
        "the host matches the baseline only with the help of a change that is accepted until a day",
        "derive a new baseline before that day, or undo the change on the host";
    BaselineDeltaExpired = "BASELINE-DELTA-EXPIRED",
        "a change of the host was accepted beside the baseline, and the day until which it was has passed",
        "derive a new baseline from the changed host, accept the change anew, or undo it on the host";
    DbxEntriesAdded = "DBX-ENTRIES-ADDED",
        "the forbidden-signature database `dbx` gained entries",
        "if the update is wanted, derive a new baseline";
    DbxEntriesRemoved = "DBX-ENTRIES-REMOVED",
        "the forbidden-signature database `dbx` lost entries: revoked code may run again",
        "find out who changed it; restore the revocation list";
    SecureBootVariableChanged = "SECURE-BOOT-VARIABLE-CHANGED",
        "a Secure Boot variable differs from the baseline",
        "if the change is wanted, derive a new baseline";
    SecureBootVariableMissing = "SECURE-BOOT-VARIABLE-MISSING",
        "a Secure Boot variable of the baseline was not measured",
        "find out why it is no longer measured; if the change is wanted, derive a new baseline";
    LaunchAuthorityAdded = "LAUNCH-AUTHORITY-ADDED",
        "an image was approved by an authority that the baseline does not have",
        "if the change is wanted, derive a new baseline";
    LaunchAuthorityMissing = "LAUNCH-AUTHORITY-MISSING",
        "no image was approved by an authority that the baseline has",
        "if the change is wanted, derive a new baseline";
    FirmwareActionChanged = "FIRMWARE-ACTION-CHANGED",
        "the firmware reports another state in PCR 7 than in the baseline",
        "find out what changed in the firmware's setup; if the change is wanted, derive a new baseline";
    BootImageNotAllowed = "BOOT-IMAGE-NOT-ALLOWED",
        "a boot application ran that the baseline does not allow",
        "if the update is wanted, derive a new baseline";
    BootImageMissing = "BOOT-IMAGE-MISSING",
        "a boot application of the baseline did not run",
        "if the change is wanted, derive a new baseline";
    BootImagesMissing = "BOOT-IMAGES-MISSING",
        "no boot application was measured at all",
        "capture the log again after a full boot; if it stays, update the firmware";
    KernelCommandLineChanged = "KERNEL-COMMAND-LINE-CHANGED",
        "the kernel's command line differs from the baseline",
        "if the change is wanted, derive a new baseline";
    BootVariableChanged = "BOOT-VARIABLE-CHANGED",
        "a boot variable differs from the baseline",
        "restore the firmware's boot entries; if the change is wanted, derive a new baseline";
    BootActionChanged = "BOOT-ACTION-CHANGED",
        "the firmware's boot attempts differ from the baseline: an option was refused or came back",
        "find out which boot option was refused; if the change is wanted, derive a new baseline";
    BootFileChanged = "BOOT-FILE-CHANGED",
        "a file that the boot loader read differs from the baseline",
        "if the change is wanted, derive a new baseline";
    MeasurementChanged = "MEASUREMENT-CHANGED",
        "a measurement differs from the baseline",
        "if the change is wanted, derive a new baseline";
    PcrDiffersFromBaseline = "PCR-DIFFERS-FROM-BASELINE",
        "a register differs from the baseline",
        "the other findings say what changed; if the change is wanted, derive a new baseline";

    // Windows' own measurements.
    WindowsNotMeasured = "WINDOWS-NOT-MEASURED",
        "no boot manager of Windows measured anything into PCR 11 to 13",
        "capture the log of a full boot; for hosts without Windows use profile `linux`";
    WindowsEventsInvalid = "WINDOWS-EVENTS-INVALID",
        "the events of PCR 11 to 14 are not as Windows writes them",
        "capture the log again after a full boot; if it stays, do not trust this host";
    EventsBehindSeparator = "EVENTS-BEHIND-SEPARATOR",
        "something was measured after Windows had closed the register: a running system can write anything there",
        "restart the host, and find out what extends the register";
    WindowsNotVouched = "WINDOWS-NOT-VOUCHED",
        "nothing shows that the boot manager of Windows wrote these measurements: another loader that the firmware admits could have",
        "register a baseline at level `boot_chain`, which lists the boot applications that may run";
    BootDebuggingOn = "BOOT-DEBUGGING-ON",
        "the boot debugger is not off",
        "`bcdedit /bootdebug off`, then restart";
    KernelDebuggingOn = "KERNEL-DEBUGGING-ON",
        "the kernel debugger is not off",
        "`bcdedit /debug off`, then restart";
    HypervisorDebuggingOn = "HYPERVISOR-DEBUGGING-ON",
        "the hypervisor debugger is not off",
        "`bcdedit /set hypervisordebug off`, then restart";
    CodeIntegrityOff = "CODE-INTEGRITY-OFF",
        "the kernel does not check code signatures",
        "`bcdedit /set nointegritychecks off`, then restart";
    CiPolicyMissing = "CI-POLICY-MISSING",
        "no code integrity policy is registered",
        "register the policy that the hosts have in force";
    CiPolicyNotMeasured = "CI-POLICY-NOT-MEASURED",
        "the host has no code integrity policy in force",
        "apply the policy, then restart";
    CiPolicyNotRegistered = "CI-POLICY-NOT-REGISTERED",
        "none of the code integrity policies in force is registered",
        "register the policy in force (the unsigned copy of a signed one), or apply the registered one and restart";
    CiPolicyAuditOnly = "CI-POLICY-AUDIT-ONLY",
        "the code integrity policy in force only logs what it would block",
        "`portcullis ci-policy set-option POLICY.xml 3 --delete`, convert it, apply and register the new policy, then restart";
    CiPolicyVersionMixed = "CI-POLICY-VERSION-MIXED",
        "the policy in force is registered, but in another version than the host's identifier",
        "register the policy again in the version of the host's identifier";
    HypervisorEnforcedCiOff = "HYPERVISOR-ENFORCED-CI-OFF",
        "the hypervisor does not enforce code integrity",
        "enable virtualization-based protection of code integrity, then restart";
    NotFullBoot = "NOT-FULL-BOOT",
        "the host resumed from hibernation instead of starting anew",
        "restart the host";
    VsmNotRunning = "VSM-NOT-RUNNING",
        "virtual secure mode was not started",
        "enable virtualization-based security, then restart";
    VsmIdentityKeyMissing = "VSM-IDENTITY-KEY-MISSING",
        "virtual secure mode runs without its identity key",
        "install the Host Guardian Hyper-V Support feature, then restart";
    PageFileNotEncrypted = "PAGE-FILE-NOT-ENCRYPTED",
        "the page file is not encrypted",
        "`fsutil behavior set encryptpagingfile 1`, then restart";
    BitLockerOff = "BITLOCKER-OFF",
        "BitLocker does not protect the operating system volume",
        "enable BitLocker, or disable the policy";
    IommuNotRequired = "IOMMU-NOT-REQUIRED",
        "virtual secure mode would start without an IOMMU",
        "enable the IOMMU in the firmware's setup and require secure boot and DMA protection";
    HibernationEnabled = "HIBERNATION-ENABLED",
        "hibernation is not disabled",
        "`powercfg /hibernate off`, then restart";
    DumpsEnabled = "DUMPS-ENABLED",
        "memory dumps are not disabled",
        "disable crash dumps, or disable the policy and require their encryption";
    DumpsNotEncrypted = "DUMPS-NOT-ENCRYPTED",
        "memory dumps are enabled and not encrypted",
        "disable crash dumps or configure their encryption, then restart";
    DumpKeyNotRegistered = "DUMP-KEY-NOT-REGISTERED",
        "memory dumps are encrypted with a key that is not registered",
        "register the key, or use a registered one";
    TestSigningOn = "TEST-SIGNING-ON",
        "drivers signed with test keys are accepted",
        "`bcdedit /set testsigning off`, then restart";
    FlightSigningOn = "FLIGHT-SIGNING-ON",
        "code signed with pre-release keys is accepted",
        "`bcdedit /set flightsigning off`, then restart";
    SafeModeOn = "SAFE-MODE-ON",
        "Windows runs in safe mode",
        "restart the host normally";
    WindowsPeRunning = "WINDOWS-PE-RUNNING",
        "Windows PE runs instead of an installed system",
        "start the installed system";
    ModuleNotValidated = "MODULE-NOT-VALIDATED",
        "images were loaded although their signatures are not valid",
        "find out which drivers they are; turn off test signing and restart, or replace them";
    BootCounterMismatch = "BOOT-COUNTER-MISMATCH",
        "Windows' boot counter is not the TPM's reset counter: the log is of another boot, or the AK is no key of the endorsement hierarchy",
        "capture log and quote of the same boot, with an AK of the endorsement hierarchy";
    SecureBootPolicyChanged = "SECURE-BOOT-POLICY-CHANGED",
        "the Secure Boot configuration policy differs from the baseline",
        "if the change is wanted, derive a new baseline";

    // The appraisal as a whole.
    NoVersionAccepted = "NO-VERSION-ACCEPTED",
        "the policy set accepts hosts in no attestation version",
        "accept v2, v1 or both";
    AllChecksHold = "ALL-CHECKS-HOLD",
        "every check that was asked for holds",
        "";
}

impl std::fmt::Display for FindingCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}
