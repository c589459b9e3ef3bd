/// What a picture is for, which settles its sizes and its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureKind {
    /// A person's picture, cropped to a square.
    Avatar,
    /// A title's cover, in its own shape.
    Cover,
}

impl PictureKind {
    /// The widths in pixels that are made, smallest first. No picture is ever enlarged: a small one keeps its
    /// own width under the larger name.
    #[must_use]
    pub const fn widths(self) -> &'static [u16] {
        match self {
            Self::Avatar => &[64, 256],
            Self::Cover => &[160, 640],
        }
    }

    /// The folder of the bucket that holds them.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Avatar => "avatars",
            Self::Cover => "covers",
        }
    }
}

/// A picture that is stored: the key that its objects share and the widths that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `<folder>/<random>`, the beginning of every object's key.
    pub key: String,
    /// The widths, smallest first.
    pub widths: Vec<u16>,
}

impl Picture {
    /// The key of the object of this width.
    #[must_use]
    pub fn object(&self, width: u16) -> String {
        format!("{}/{width}.jpg", self.key)
    }

    /// The keys of all its objects.
    pub fn objects(&self) -> impl Iterator<Item = String> {
        self.widths.iter().map(|width| self.object(*width))
    }
}
