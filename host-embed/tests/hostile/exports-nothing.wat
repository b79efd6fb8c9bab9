;; Has no exports.
(module)
