//! The catalogue in Japanese.
//!
//! One term for one thing, as Japanese administrators of guarded fabrics know it:
//!
//! | English | Japanese |
//! |---|---|
//! | attestation, to attest | 構成証明 |
//! | appraise, assess | 評価、事前評価 |
//! | host, shielded VM | ホスト、シールドされた VM |
//! | health certificate | 正常性証明書 |
//! | EK, AK | 保証キー (EK)、構成証明キー (AK) |
//! | credential activation | 資格情報のアクティブ化 |
//! | quote, nonce | クォート、nonce |
//! | PCR, register | PCR |
//! | measure, extend | 測定、拡張 |
//! | event log, event | イベント ログ、イベント |
//! | (TPM) baseline | (TPM) ベースライン |
//! | code integrity policy | コード整合性ポリシー、CI ポリシー |
//! | authority (what approved an image) | 署名機関 |
//! | boot application, boot manager | ブート アプリケーション、ブート マネージャー |
//! | full boot, hibernation | 完全ブート、休止状態 |
//! | virtual secure mode | 仮想セキュア モード (VSM) |
//! | identifier (of a host) | プラットフォーム ID、ID |
//! | register (a reference) | 登録 |
//! | finding, remedy, consequence | 検出事項、対処、影響 |
//!
//! Compound words in katakana are parted by a space, and so are Latin and Japanese letters.
//! Commands, codes and names of options stay as they are, in backticks where they are in English.

mod decoding;
mod findings;
mod phrases;
mod warnings;
mod words;

pub(super) use decoding::DECODING;
pub(super) use findings::{meaning, remedy};
pub(super) use phrases::{CHANGES, FACTS, SUBJECTS, UNBOUND};
pub(super) use warnings::{evidence, warning};
pub(super) use words::WORDS;

use super::Consequence;
use crate::policy::PolicyName;

/// What a policy demands.
pub(super) const fn purpose(policy: PolicyName) -> &'static str {
    match policy {
        PolicyName::SecureBootEnabled => "セキュア ブートがオンであること",
        PolicyName::UefiDebugDisabled => {
            "ファームウェア、ブート、カーネルのデバッガーがすべて無効であること"
        }
        PolicyName::SecureBootSettings => "登録済みの TPM ベースラインに一致すること",
        PolicyName::CiPolicy => "登録済みのコード整合性ポリシーが適用されていること",
        PolicyName::HypervisorEnforcedCiPolicy => {
            "ハイパーバイザーがコード整合性を強制していること"
        }
        PolicyName::FullBoot => "前回の起動が再開ではなく完全ブートであること",
        PolicyName::VsmIdkPresent => "仮想セキュア モード (VSM) が動作し、ID キーがあること",
        PolicyName::PageFileEncryptionEnabled => "ページ ファイルが暗号化されていること",
        PolicyName::BitLockerEnabled => {
            "オペレーティング システム ボリュームが BitLocker で保護されていること"
        }
        PolicyName::IommuEnabled => "仮想セキュア モード (VSM) が IOMMU を必須としていること",
        PolicyName::NoHibernation => "休止状態が無効であること",
        PolicyName::NoDumps => "メモリ ダンプが無効であること",
        PolicyName::DumpEncryption => "メモリ ダンプが有効な場合、暗号化されていること",
        PolicyName::DumpEncryptionKey => "メモリ ダンプが有効な場合、登録済みのキーを使うこと",
    }
}

/// What a finding means for the fabric.
pub(super) const fn consequence(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::Healthy => {
            "正常なホストです。この判定に従うキー サービスはキーを渡し、シールドされた VM が起動します"
        }
        Consequence::HealthyIfProven => {
            "証明がすべてそろった評価では合格します。この回答だけでは何も許可されません"
        }
        Consequence::Unauthorized => {
            "未知のホストには正常性証明書が発行されず、シールドされた VM の起動も移動もできません"
        }
        Consequence::Untrusted => {
            "TPM による証明が成り立たないホストには正常性証明書が発行されず、シールドされた VM の起動も移動もできません"
        }
        Consequence::Insecure => {
            "この状態のホストには正常性証明書が発行されず、シールドされた VM の起動も移動もできません"
        }
        Consequence::FailsAppraisal => "事前評価では警告にとどまりますが、評価では不合格になります",
        Consequence::Warning => "シールドされた VM の起動は妨げませんが、確認が必要です",
        Consequence::Note => "判定には影響しません",
    }
}
