using TlsFsm.Packaging;

namespace TlsFsm.Tests.Packaging;

/// <summary>A package says what has changed in its version.</summary>
public sealed class ReleaseNotesTests
{
    private const string Changelog = """
        # Changelog

        ## [Unreleased]

        ### Added

        - not yet

        ## [1.1.0] - 2027-01-01

        ### Fixed

        - a fault

        ## [1.0.0] - 2026-12-01

        - all of it
        """;

    [TestCase("1.1.0", "### Fixed\n\n- a fault")]
    [TestCase("1.0.0", "- all of it")]
    [TestCase("1.2.0", "### Added\n\n- not yet")]
    public void A_version_has_its_section_or_what_is_not_released_yet(string version, string notes) =>
        Assert.That(ReleaseNotes.Of(Changelog, version), Is.EqualTo(notes));

    [TestCase("# Changelog\n")]
    [TestCase("# Changelog\n\n## [Unreleased]\n\n## [1.0.0]\n\n- all of it")]
    public void A_version_without_a_word_on_it_is_not_packed(string changelog) =>
        Assert.That(() => ReleaseNotes.Of(changelog, "2.0.0"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("2.0.0"));

    [Test]
    public void Notes_that_are_too_long_end_with_a_whole_line()
    {
        var line = $"- {new string('x', 100)}";

        var notes = ReleaseNotes.Of($"# Changelog\n\n## [2.0.0]\n\n{string.Join('\n', Enumerable.Repeat(line, 1000))}\n", "2.0.0");

        Assert.That(notes, Has.Length.LessThan(35_000));
        Assert.That(notes.Split('\n')[..^2], Is.All.EqualTo(line));
        Assert.That(notes, Does.EndWith("\n\nand more: see CHANGELOG.md"));
    }
}
