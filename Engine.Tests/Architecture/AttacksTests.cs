namespace TlsFsm.Tests.Architecture;

/// <summary><c>docs/security/attacks.md</c>: every known attack with tests that exist.</summary>
public sealed class AttacksTests
{
    private static readonly string[] Rows =
    [
        .. File.ReadAllLines(Path.Combine(Repository.Folder, "docs", "security", "attacks.md")).Where(
            line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| attack |", StringComparison.Ordinal)),
    ];

    [Test]
    public void Each_has_a_reason_and_tests_that_exist()
    {
        Assert.That(Rows, Has.Length.GreaterThan(40));
        Assert.Multiple(() =>
        {
            foreach (var row in Rows)
            {
                var cells = row.Split(" | ");
                Assert.That(cells, Has.Length.EqualTo(3), row);
                var named = TestCatalog.NamedIn(cells[2]);
                Assert.That(named, Is.Not.Empty, row);
                Assert.That(named, Is.SubsetOf(TestCatalog.Names), row);
            }
        });
    }
}
