namespace TlsFsm.Cli.Doctor;

/// <summary>How good a server's TLS is, in one letter, and why not better.</summary>
/// <param name="Letter">
/// F: clients with the usual checks refuse the server, or nobody was served. Else A without a warning, B with one, C with more; that
/// TLS 1.3 is not accepted counts as one.
/// </param>
/// <param name="Reasons">What keeps it from an A; empty with an A.</param>
internal sealed record Grade(string Letter, IReadOnlyList<string> Reasons)
{
    public static Grade Of(Diagnosis diagnosis)
    {
        var problems = diagnosis.AllRemarks.Where(remark => remark.IsProblem).ToList();
        var warnings = diagnosis.AllRemarks.Where(remark => !remark.IsProblem).ToList();
        var lacks13 = diagnosis.Versions.Any(version => version is { Version: "TLS 1.3", Accepted.Answer: Answer.No });
        var isUnknown = diagnosis.Versions.All(version => version.Accepted.Answer != Answer.Yes);
        IReadOnlyList<string> reasons =
        [
            .. isUnknown ? (string[])["no version was accepted"] : [],
            .. problems.Concat(warnings).Select(remark => $"{remark.Subject}: {remark.Text}"),
            .. lacks13 ? (string[])["TLS 1.3 is not accepted"] : [],
        ];
        var letter = problems.Count > 0 || isUnknown ? "F"
            : (warnings.Count + (lacks13 ? 1 : 0)) switch { 0 => "A", 1 => "B", _ => "C" };
        return new Grade(letter, reasons);
    }
}
